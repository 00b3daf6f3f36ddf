package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"path"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/sender/engine"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// webhookTest is Test Connection. The page's script has saved before it asks, and gets the panel. Without JavaScript the whole
// form comes, is saved here first, and the answer is the whole page. A browser that goes away ends the request's context, and
// with it the attempt.
func (a *app) webhookTest(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		status, result, err := a.tryWebhook(c, bot, form.Get("test_event"))
		if err != nil {
			return err
		}
		return a.render(c, status, views.TestPanel(result))
	}
	_, refused, err := a.saveWholeForm(c, bot, form)
	if err != nil {
		return err
	}
	if refused != nil {
		return a.renderRefused(c, bot, form, *refused)
	}
	return a.testPage(c, bot, form.Get("test_event"))
}

func (a *app) testPage(c echo.Context, bot store.Bot, eventName string) error {
	status, result, err := a.tryWebhook(c, bot, eventName)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		if err := a.keep(c, views.ShownOf(noteTest, bot.ID.String()), path.Base(result.LogURL)); err != nil {
			return err
		}
		return seeOther(c, views.BotURL(bot.ID.String(), "settings/marketing?saved=1#test"))
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	m.Test, m.State, m.StateKind = &result, "All changes saved", ui.OK
	return a.render(c, status, views.MarketingPage(m))
}

// keptTest is the test that a browser without JavaScript has just asked for; nil when there was none.
func (a *app) keptTest(c echo.Context, botID uuid.UUID, w store.Webhook) (*views.TestResult, error) {
	var text string
	if !kept(c, views.ShownOf(noteTest, botID.String()), &text) {
		return nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, nil
	}
	ctx := c.Request().Context()
	d, err := a.Store.Delivery(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load test: %w", err)
	}
	attempts, err := a.Store.Attempts(ctx, botID, id)
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	r := engine.TestResult{Delivery: d, Attempt: attempts[0]}
	if r.Webhook, err = a.settingsOf(ctx, r.Attempt, w); err != nil {
		return nil, err
	}
	view, err := a.testResult(r)
	if err != nil {
		return nil, err
	}
	if r.Attempt.Delivered() {
		view.Failed, err = a.failedEvents(ctx, w)
	}
	return &view, err
}

// tryWebhook sends one test event and words what became of it. Whatever the endpoint did, the answer is 200: the
// test itself worked.
func (a *app) tryWebhook(c echo.Context, bot store.Bot, eventName string) (int, views.TestResult, error) {
	ctx, end, err := a.beginTest(c, testKey{bot.ID, accountOf(c).ID}, nil)
	if err != nil {
		return 0, views.TestResult{}, err
	}
	defer end()
	w, err := a.Store.Webhook(ctx, bot.ID)
	if err != nil {
		return 0, views.TestResult{}, fmt.Errorf("load webhook: %w", err)
	}
	result, err := a.Tester.Test(ctx, bot.ID, testEvent(w, eventName))
	if errors.Is(err, engine.ErrNoURL) {
		return http.StatusUnprocessableEntity, views.TestResult{
			Kind: ui.Warn, Headline: "Enter a Webhook URL first",
			Action: views.TestAction{Label: "Enter URL", Target: "webhook-url"},
		}, nil
	}
	if err != nil {
		return 0, views.TestResult{}, fmt.Errorf("test webhook: %w", err)
	}
	view, err := a.testResult(result)
	if err != nil {
		return 0, views.TestResult{}, err
	}
	if result.Attempt.Delivered() {
		if view.Failed, err = a.failedEvents(c.Request().Context(), result.Webhook); err != nil {
			return 0, views.TestResult{}, err
		}
	}
	return http.StatusOK, view, nil
}
