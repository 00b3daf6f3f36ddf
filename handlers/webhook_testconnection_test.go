package handlers

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/handlers/receive"
	"iozen/sender/attempt"
	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/event"
	"iozen/store/option"
)

// setURL saves a webhook's URL and headers.
func (ta *testApp) setURL(bot store.Bot, target string, headers ...store.HeaderChange) {
	ta.t.Helper()
	_, err := ta.Store.SaveWebhook(context.Background(), store.FirstWebhook(bot.ID), store.WebhookChange{URL: &target, Headers: &headers})
	require.NoError(ta.t, err)
}

// press is Test Connection as the page's script presses it; it returns the panel.
func (ta *testApp) press(bot store.Bot, form url.Values) *httptest.ResponseRecorder {
	ta.t.Helper()
	return ta.pressAt("/bots/"+bot.ID.String()+"/webhook/test", form)
}

func (ta *testApp) pressAt(path string, form url.Values) *httptest.ResponseRecorder {
	ta.t.Helper()
	r := httptest.NewRequest(http.MethodPost, testHost+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Fragment", "true")
	return ta.do(r)
}

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// endpoints are real listeners: the test endpoint with its faults, and a server with a certificate of its own.
func endpoints(t *testing.T) (plain, secure *httptest.Server) {
	t.Helper()
	plain = httptest.NewServer(receive.New(io.Discard))
	t.Cleanup(plain.Close)
	secure = httptest.NewUnstartedServer(receive.New(io.Discard))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	return plain, secure
}

// TestThePanelSaysWhatTheSenderDiagnoses makes each kind of outcome for real. The words are those of the stored
// attempt's diagnosis, so that the log can say nothing else; the error is named here too, so that a wrong diagnosis
// is seen.
func TestThePanelSaysWhatTheSenderDiagnoses(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	plain, secure := endpoints(t)
	closed := closedPort(t)
	for _, c := range []struct{ target, says, button string }{
		{plain.URL + "/status/400", "HTTP 400 · The endpoint refused the payload", ""},
		{plain.URL + "/status/401", "HTTP 401 · Authentication failed", "Add an Authorization header"},
		{plain.URL + "/status/403", "HTTP 403 · Access denied", "Edit URL"},
		{plain.URL + "/status/404", "HTTP 404 · Endpoint not found", "Edit URL"},
		{plain.URL + "/status/405", "HTTP 405 · The endpoint does not accept POST requests here", "Edit URL"},
		{plain.URL + "/status/406", "HTTP 406", "Add an Accept header"},
		{plain.URL + "/status/410", "HTTP 410 · The endpoint says that it no longer exists", "Edit URL"},
		{plain.URL + "/status/422", "HTTP 422", ""},
		{plain.URL + "/status/429?retry_after=40", "HTTP 429 · The endpoint limits the rate of requests and asks to wait 40 s", ""},
		{plain.URL + "/status/500", "HTTP 500 · Server error", ""},
		{plain.URL + "/status/502", "HTTP 502", ""},
		{plain.URL + "/status/503", "HTTP 503", ""},
		{plain.URL + "/status/522", "HTTP 522", ""},
		{plain.URL + "/status/999", "HTTP 999", ""},
		{plain.URL + "/redirect", "HTTP 302 · It redirects to /", "Edit URL"},
		{plain.URL + "/redirect?code=308&to=/hook", "HTTP 308 · It redirects to /hook", "Use " + plain.URL + "/hook"},
		{plain.URL + "/redirect?code=301&to=http://10.0.0.5/", "HTTP 301 · It redirects to http://10.0.0.5/", "Edit URL"},
		{plain.URL + "/reset", "Connection reset", ""},
		{plain.URL + "/close", "Connection closed", ""},
		{plain.URL + "/garbage", "Answer is not HTTP", "Edit URL"},
		{plain.URL + "/big", "Answer header too large", ""},
		{plain.URL + "/broken", "Answer has a broken header", ""},
		{plain.URL + "/tls", "Wrong scheme", "Use https:"},
		{"http://" + closed + "/", "Connection refused · Nothing is running at " + closed, "Edit URL"},
		{"http://10.0.0.5/hook", "Blocked address", "Edit URL"},
		{secure.URL, "Self-signed certificate · The server signed its certificate itself", ""},
		{strings.Replace(plain.URL, "http:", "https:", 1) + "/hook", "Wrong scheme", "Use " + plain.URL + "/hook"},
		{strings.Replace(secure.URL, "https:", "http:", 1) + "/hook", "Wrong scheme", "Use " + secure.URL + "/hook"},
		{plain.URL + "/hook", "HTTP 200", ""},
		{plain.URL + "/status/204", "HTTP 204", ""},
		{plain.URL + "/html", "HTTP 200", "Edit URL"},
		{plain.URL + "/cut", "HTTP 200", ""},
		{plain.URL + "/cutreset", "HTTP 200", ""},
		{plain.URL + "/chunks", "HTTP 200", ""},
		{plain.URL + "/bomb", "HTTP 200", ""},
		{plain.URL + "/hints", "HTTP 200", ""},
		{plain.URL + "/endless", "HTTP 200", ""},
	} {
		ta.setURL(bot, c.target)
		res := ta.press(bot, nil)
		require.Equal(t, http.StatusOK, res.Code, c.target)
		panel := html.UnescapeString(res.Body.String())
		require.Contains(t, panel, c.says, c.target)
		if c.button == "" {
			require.NotContains(t, panel, `class="btn wide`, "%s has no button", c.target)
		} else {
			require.Contains(t, panel, c.button, c.target)
		}
		requireDiagnosed(t, ta, bot, panel)
	}
}

// requireDiagnosed compares the panel with what the log keeps of the newest delivery.
func requireDiagnosed(t *testing.T, ta *testApp, bot store.Bot, panel string) {
	t.Helper()
	page, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: bot.ID, Limit: 1})
	require.NoError(t, err)
	require.Len(t, page.Deliveries, 1)
	attempts, err := ta.Store.Attempts(t.Context(), bot.ID, page.Deliveries[0].ID)
	require.NoError(t, err)
	require.Len(t, attempts, 1)
	d := outcome.DiagnoseAttempt(attempts[0])
	for _, words := range []string{d.Error, d.Cause, d.Fix} {
		if !attempts[0].Delivered() || words != d.Error { // of a success the panel says what is odd, after saying that it is one
			require.Contains(t, panel, words)
		}
	}
	require.Contains(t, panel, fmt.Sprintf(`data-version="%d"`, attempts[0].WebhookVersion))
	require.Equal(t, attempts[0].Delivered(), strings.Contains(panel, "Your endpoint accepted the test"))
	require.Contains(t, panel, "/deliveries/"+page.Deliveries[0].ID.String())
}

func TestATestThatHangsCanBeCancelledAndIsInTheLog(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	came := make(chan struct{}, 2)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		came <- struct{}{}
		<-r.Context().Done()
	}))
	defer hanging.Close()
	ta.setURL(bot, hanging.URL)
	cancel := "/bots/" + bot.ID.String() + "/webhook/test/cancel"
	require.Equal(t, http.StatusNotFound, ta.post(cancel, nil).Code, "no test runs yet")

	answered := make(chan *httptest.ResponseRecorder)
	go func() { answered <- ta.press(bot, nil) }()
	<-came
	second := ta.press(bot, nil)
	require.Equal(t, http.StatusConflict, second.Code, "one test at a time")
	require.Contains(t, second.Body.String(), "A test is under way already")

	require.Equal(t, http.StatusNoContent, ta.post(cancel, nil).Code)
	panel := html.UnescapeString((<-answered).Body.String())
	require.Contains(t, panel, "Cancelled by you after 0 s; your endpoint may have received it")
	require.NotContains(t, panel, "Cancelled · ", "said once")
	requireDiagnosed(t, ta, bot, panel)
	require.Equal(t, http.StatusNotFound, ta.post(cancel, nil).Code, "it has ended")
}

func TestTimeoutsSayWhatTheSourceSays(t *testing.T) {
	at := store.Attempt{
		Outcome: outcome.OutcomeTimeout, FailedPhase: store.PhaseFirstByte, Duration: 30 * time.Second,
		Detail: map[string]string{"phase": "first_byte"}, Phases: store.Phases{DNS: -1, TLS: -1, FirstByte: -1, Body: -1},
	}
	ta := newTestApp(t)
	view, err := ta.testResult(engine.TestResult{Attempt: at, Webhook: store.Webhook{Secret: "whsec_AAAA"}})
	require.NoError(t, err)
	require.Equal(t, "Request timed out · Endpoint didn't respond in 30s", view.Detail)
	require.Equal(t, "Ensure your server responds within 30 seconds.", view.Fix)
	require.Equal(t, "30 s", view.Took)
}

func TestACertificateThatEndsSoonIsWarnedAboutThoughTheTestPasses(t *testing.T) {
	_, secure := endpoints(t)
	leaf := secure.Certificate()
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, c := range []struct {
		left time.Duration
		warn bool
	}{{30 * 24 * time.Hour, false}, {20 * 24 * time.Hour, true}} {
		now := func() time.Time { return leaf.NotAfter.Add(-c.left) }
		ta := signedInApp(t, func(cfg *Config) {
			client := attempt.NewClient(attempt.ClientConfig{Allow: cfg.Allow, Version: "test", RootCAs: roots, Now: now})
			t.Cleanup(client.Close)
			cfg.Tester.Client = client
		})
		bot := ta.newBot("Roofing quote bot")
		ta.setURL(bot, secure.URL+"/hook")
		panel := ta.press(bot, nil).Body.String()
		require.Contains(t, panel, "Your endpoint accepted the test")
		require.Contains(t, panel, "*.example.com, 127.0.0.1, ::1", "the certificate's names")
		require.Contains(t, panel, "Acme Co")
		require.Contains(t, panel, tls.VersionName(tls.VersionTLS13))
		require.Equal(t, c.warn, strings.Contains(panel, "The certificate expires in 20 days"), panel)
	}
}

func TestTheTestEventIsOneThatCouldCome(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	var got bytes.Buffer
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got.WriteString(r.Header.Get("X-IoZen-Event-Name")) }))
	defer srv.Close()
	ta.setURL(bot, srv.URL)
	chosen := []string{"FieldConversion", "Purchase"}
	for _, c := range []struct {
		names       []string
		asked, want string
	}{
		{nil, "", "Lead"},
		{nil, "Purchase", "Purchase"},
		{nil, "no\nname", "Lead"},
		{chosen, "", "FieldConversion"},
		{chosen, "Purchase", "Purchase"},
		{chosen, "Lead", "FieldConversion"}, // not sent any more
	} {
		_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{EventNames: &c.names})
		require.NoError(t, err)
		got.Reset()
		require.Equal(t, http.StatusOK, ta.press(bot, url.Values{"test_event": {c.asked}}).Code)
		require.Equal(t, c.want, got.String(), "%v, asked for %q", c.names, c.asked)
	}
}

func TestATestSaysOnlyWhatWentOut(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	plain, _ := endpoints(t)
	ta.setURL(bot, plain.URL+"/hook")
	for _, c := range []struct {
		name     string
		format   option.Format
		leaveOut []string
		says     string
	}{
		{"the documented payload", option.Format{}, nil, "<b>Sent:</b> email, phone, first name"},
		{"without the person's phone", option.Format{}, []string{"user_data.phone"}, "<b>Sent:</b> email, first name"},
		{"flat", option.Format{Type: option.FormatFlat}, []string{"user_data.phone"}, "<b>Sent:</b> email, first name"},
		{"a format of one's own", option.Format{Type: option.FormatJSON, Template: `{"id": "{{event_id}}"}`}, nil, ""},
	} {
		_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Change: option.Change{Format: &c.format, LeaveOut: &c.leaveOut}})
		require.NoError(t, err)
		panel := ta.press(bot, nil).Body.String()
		require.Contains(t, panel, "Your endpoint accepted the test", c.name)
		if c.says == "" {
			require.NotContains(t, panel, "<b>Sent:</b>", c.name)
		} else {
			require.Contains(t, panel, c.says, c.name)
		}
	}
}

func TestAnAuthorizationHeaderIsEditedOrAdded(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	plain, _ := endpoints(t)
	value := "Bearer x"
	ta.setURL(bot, plain.URL+"/status/401", store.HeaderChange{Name: "authorization", Value: &value})
	panel := ta.press(bot, nil).Body.String()
	require.Contains(t, panel, `data-edit-header="Authorization"`)
	require.NotContains(t, panel, "data-add-header")
	require.NotContains(t, panel, "Bearer x", "masked")
	require.Contains(t, panel, "authorization: "+event.Mask)
}

func TestHowLongAScheduleGoesOnIsSaidInItsLargestUnit(t *testing.T) {
	for want, schedule := range map[string]outcome.Schedule{
		"3 days": outcome.DefaultSchedule, "2 days": {48 * time.Hour}, "47 hours": {47 * time.Hour}, "24 hours": {24 * time.Hour},
		"1 hour": {time.Hour}, "2 hours": {time.Hour, time.Hour}, "59 minutes": {59 * time.Minute}, "1 minute": {time.Minute},
		"a few seconds": {5 * time.Second},
	} {
		require.Equal(t, want, daysOrHours(schedule))
	}
}
