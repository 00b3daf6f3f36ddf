package handlers

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"iozen/handlers/auth"
	"iozen/sender/engine"
	"iozen/sender/notify"
	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/event"
	"iozen/store/secret"
	"iozen/store/upkeep"
)

const (
	testEmail    = "maria@acme.example"
	testPassword = "correct horse battery"
	testHost     = "http://127.0.0.1:8080"
)

// testHash has very cheap parameters: hashing is slow on purpose, and hundreds of tests sign in. A hash carries its own
// parameters, so the same code checks it as checks real ones.
var testHash = sync.OnceValue(func() string {
	salt := []byte("sixteen of bytes")
	hash := argon2.IDKey([]byte(testPassword), salt, 1, 64, 1, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=64,t=1,p=1$%s$%s", argon2.Version,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
})

// testApp is the whole site with a real database, and a browser's cookies.
type testApp struct {
	*app
	t       *testing.T
	handler http.Handler
	router  *echo.Echo
	clock   *testClock
	file    string // of the database
	cookies map[string]string
}

// testClock is a clock that only tests move.
type testClock struct {
	mu   sync.Mutex
	at   time.Time
	made uint64 // ids
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// NewID makes a UUIDv7 of the clock's time; those of one moment sort as they were made.
func (c *testClock) NewID() uuid.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := uuid.Must(uuid.NewV7())
	binary.BigEndian.PutUint64(id[:8], uint64(c.at.UnixMilli())<<16|0x7000|c.made&0xfff)
	c.made++
	return id
}

// newTestApp opens a database in its own directory. Nobody is signed in, and the engine is not started.
func newTestApp(t *testing.T, change ...func(*Config)) *testApp {
	t.Helper()
	clock, file := &testClock{at: time.Now().Truncate(time.Millisecond)}, sqlitetest.Migrated(t)
	db, err := db.Open(context.Background(), db.Config{
		URL: "sqlite:" + file, Keys: secret.NewKeyring([32]byte{1}), Now: clock.Now,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	allow, err := target.ParseAllow("127.0.0.0/8,::1/128,localhost")
	require.NoError(t, err)
	client := newTestClient(t, allow)
	cfg := Config{
		Store: db, Log: log, Allow: allow, Version: "test", Loopback: true, SetupCode: "K7QX-2M9P", Now: clock.Now,
		Engine: engine.NewEngine(engine.EngineConfig{
			Queue: db, Client: client, Schedule: outcome.DefaultSchedule, Now: clock.Now,
			Jitter: func() float64 { return 0.5 }, Log: log,
		}),
		Tester: engine.Tester{Store: db, Client: client, Now: clock.Now, NewID: clock.NewID},
	}
	cfg.Notifier = notify.New(notify.Config{
		Store: db, Client: client, PublicURL: testHost, Now: clock.Now, NewID: cfg.Tester.NewID, Log: log,
	})
	for _, f := range change {
		f(&cfg)
	}
	a, err := newApp(cfg)
	require.NoError(t, err)
	router := a.newEcho()
	return &testApp{app: a, t: t, handler: a.secure(router), router: router, clock: clock, file: file, cookies: map[string]string{}}
}

// signedInApp is newTestApp with an owner signed in.
func signedInApp(t *testing.T, change ...func(*Config)) *testApp {
	t.Helper()
	ta := newTestApp(t, change...)
	ta.account(testEmail, store.RoleOwner)
	ta.signInAs(testEmail)
	return ta
}

// account makes an account with the test password.
func (ta *testApp) account(email string, role store.Role) store.Account {
	ta.t.Helper()
	account, err := ta.Store.CreateAccount(context.Background(), store.Account{Email: email, PasswordHash: testHash(), Role: role}, store.Actor{Name: "test"})
	require.NoError(ta.t, err)
	return account
}

func (ta *testApp) signInAs(email string) {
	ta.t.Helper()
	res := ta.post("/signin", url.Values{"email": {email}, "password": {testPassword}})
	require.Equal(ta.t, http.StatusSeeOther, res.Code, res.Body.String())
}

// work runs the jobs until the test or stop ends that.
func (ta *testApp) work() (stop func()) {
	w := &upkeep.JobWorker{DB: ta.Store, Without: event.WithoutPerson, Log: ta.Log}
	w.Start(ta.t.Context())
	ta.t.Cleanup(w.Stop)
	return w.Stop
}

// another is another browser at the same site.
func (ta *testApp) another() *testApp {
	other := *ta
	other.cookies = map[string]string{}
	return &other
}

// newBot makes a bot.
func (ta *testApp) newBot(name string) store.Bot {
	ta.t.Helper()
	bot, err := ta.Store.CreateBot(context.Background(), name, store.Actor{Name: "test"})
	require.NoError(ta.t, err)
	return bot
}

// newKey makes an API key and returns its text; uuid.Nil: of all bots.
func (ta *testApp) newKey(role store.Role, botID uuid.UUID) string {
	ta.t.Helper()
	key, text, err := auth.NewAPIKey(store.Key{Name: "test " + string(role), Role: role, BotID: botID}, ta.clock.Now())
	require.NoError(ta.t, err)
	require.NoError(ta.t, ta.Store.CreateKey(context.Background(), key))
	return text
}

// get asks for a page as a browser does.
func (ta *testApp) get(path string) *httptest.ResponseRecorder {
	return ta.do(httptest.NewRequest(http.MethodGet, testHost+path, nil))
}

// post sends a form from one of our own pages.
func (ta *testApp) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, testHost+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return ta.do(r)
}

// submit is post followed to the page that it leads to, as a browser does.
func (ta *testApp) submit(path string, form url.Values) *httptest.ResponseRecorder {
	ta.t.Helper()
	res := ta.post(path, form)
	require.Equal(ta.t, http.StatusSeeOther, res.Code, res.Body.String())
	page, _, _ := strings.Cut(res.Header().Get("Location"), "#")
	return ta.get(page)
}

// api calls the API with a key and a JSON body, which may be "".
func (ta *testApp) api(method, path, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, testHost+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return ta.do(r)
}

// serve answers a request that brings this browser's cookies.
func (ta *testApp) serve(w http.ResponseWriter, r *http.Request) {
	for name, value := range ta.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if r.URL.Path == "/setup" && r.RemoteAddr == "192.0.2.1:1234" { // httptest's own; the first visit is made on this machine
		r.RemoteAddr = "127.0.0.1:51234"
	}
	ta.handler.ServeHTTP(w, r)
}

// do sends a request through the whole server, and keeps the cookies.
func (ta *testApp) do(r *http.Request) *httptest.ResponseRecorder {
	ta.t.Helper()
	res := httptest.NewRecorder()
	ta.serve(res, r)
	for _, c := range res.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(ta.cookies, c.Name)
		} else {
			ta.cookies[c.Name] = c.Value
		}
	}
	return res
}
