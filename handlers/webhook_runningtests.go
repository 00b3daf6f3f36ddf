package handlers

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// runningTests are the tests under way in this process: at most one at a time for each webhook and person or API key, so that a
// second press does not send a second test. The person who started a test can end it from any of their pages.
type runningTests struct {
	mu      sync.Mutex
	cancels map[testKey]context.CancelFunc
}

type testKey struct {
	webhook store.WebhookID
	person  uuid.UUID
}

func newRunningTests() *runningTests { return &runningTests{cancels: map[testKey]context.CancelFunc{}} }

// begin returns the context of a new test and what to call at its end; ok is false while another one runs.
func (r *runningTests) begin(ctx context.Context, key testKey) (_ context.Context, end func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancels[key] != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	r.cancels[key] = cancel
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.cancels, key)
	}, true
}

// testRetry is when a program whose test is still under way may ask again: a healthy endpoint has answered by then.
const testRetry = 2 * time.Second

// beginTest starts a test of a person or a key, and counts it as a request to the endpoint. It refuses a second test of the
// same caller and webhook, and with a rate limit (nil: none) a test that comes too early.
func (a *app) beginTest(c echo.Context, key testKey, rateLimit *float64) (context.Context, func(), error) {
	ctx, endTest, ok := a.tests.begin(c.Request().Context(), key)
	if !ok {
		p := &Problem{Status: http.StatusConflict, Title: "A test is under way already", Detail: "Wait for its answer, or cancel it."}
		if isAPI(c.Request()) {
			p = &Problem{Status: http.StatusTooManyRequests, Title: "A test is under way already", Detail: "One test of a bot at a time for each API key.", RetryAfter: testRetry}
		}
		return nil, nil, p
	}
	endSlot, wait := a.Engine.BeginTest(key.webhook, rateLimit)
	if wait > 0 {
		endTest()
		return nil, nil, &Problem{
			Status: http.StatusTooManyRequests, Title: "Too many tests", Detail: "Tests keep the webhook's rate limit, and only so many are made at once. Try again in " + seconds(wait) + " s.", RetryAfter: wait,
		}
	}
	return ctx, func() { endSlot(); endTest() }, nil
}

// cancelWords ask other servers to cut a test.
func (k testKey) cancelWords() string {
	return fmt.Sprintf("cancel test %s %d %s", k.webhook.BotID, k.webhook.N, k.person)
}

// heard cuts a test when another server says that its person has asked for it.
func (r *runningTests) heard(words string) {
	var key testKey
	var bot, person string
	if _, err := fmt.Sscanf(words, "cancel test %s %d %s", &bot, &key.webhook.N, &person); err != nil {
		return
	}
	var err1, err2 error
	key.webhook.BotID, err1 = uuid.Parse(bot)
	key.person, err2 = uuid.Parse(person)
	if err1 == nil && err2 == nil {
		r.cancel(key)
	}
}

// cancel cuts the running test, and reports whether there was one.
func (r *runningTests) cancel(key testKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	cancel := r.cancels[key]
	if cancel != nil {
		cancel()
	}
	return cancel != nil
}
