package notify

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
)

// installation is a database with one owner, a mail server, an HTTP receiver of notifications, and a clock that the test moves.
type installation struct {
	*Notifier
	t    *testing.T
	db   *db.DB
	now  time.Time
	smtp *smtpServer
	hook *hook
	bot  store.Bot
	cert *store.Certificate // that the endpoint shows
}

// hook is where the notification webhook leads.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	came   []*http.Request
	bodies [][]byte
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a cut request is not a notification
	h.mu.Lock()
	defer h.mu.Unlock()
	h.came, h.bodies = append(h.came, r), append(h.bodies, body)
	w.WriteHeader(h.status)
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	h := &installation{t: t, now: testNow, smtp: newSMTPServer(t, false), hook: &hook{status: http.StatusOK}}
	h.hook.Server = httptest.NewServer(h.hook)
	t.Cleanup(h.hook.Close)
	opened, err := db.Open(t.Context(), db.Config{
		URL: "sqlite:" + sqlitetest.Migrated(t), Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return h.now },
	})
	require.NoError(t, err)
	h.db = opened
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	_, err = h.db.CreateAccount(t.Context(), store.Account{Email: "maria@acme.example", Role: store.RoleOwner}, store.Actor{})
	require.NoError(t, err)
	h.bot, err = h.db.CreateBot(t.Context(), "Quiz", store.Actor{})
	require.NoError(t, err)
	on, url := true, "https://crm.example/hook"
	_, err = h.db.SaveWebhook(t.Context(), store.FirstWebhook(h.bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
	require.NoError(t, err)
	require.NoError(t, h.db.SetNotificationWebhook(t.Context(), h.hook.URL+"/notifications", store.Actor{}))
	client := attempt.NewClient(attempt.ClientConfig{Allow: sendertest.Allow(t, "127.0.0.0/8"), Version: "test"})
	t.Cleanup(client.Close)
	h.Notifier = New(Config{
		Store: h.db, Client: client, Mail: h.smtp.mailer(""), PublicURL: "https://hooks.acme.example",
		Now: func() time.Time { return h.now }, NewID: h.newID, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	return h
}

// newID makes a UUIDv7 of the installation's own time.
func (h *installation) newID() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(h.now.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}

// restart is the same installation with a notifier that remembers nothing.
func (h *installation) restart() { h.Notifier = New(h.Config) }

// round makes a round after some time.
func (h *installation) round(later time.Duration) {
	h.t.Helper()
	h.now = h.now.Add(later)
	require.NoError(h.t, h.Round(h.t.Context()))
}

// event accepts an event and makes its first attempt, which ends with a status.
func (h *installation) event(status int) {
	h.t.Helper()
	id := uuid.New()
	_, err := h.db.Accept(h.t.Context(), h.bot.ID, []store.NewDelivery{{ID: id, EventID: id.String(), EventName: "Lead", Payload: []byte("{}")}})
	require.NoError(h.t, err)
	h.attempt(store.FirstWebhook(h.bot.ID), status)
}

// attempt makes the first attempt of what is due for a webhook.
func (h *installation) attempt(webhook store.WebhookID, status int) {
	h.t.Helper()
	claimed, err := h.db.Claim(h.t.Context(), webhook, 1, time.Minute)
	require.NoError(h.t, err)
	for _, c := range claimed.Claims {
		a := store.Attempt{BotID: h.bot.ID, DeliveryID: c.ID, StatusCode: status, StartedAt: h.now, WebhookVersion: claimed.Webhook.Version, Certificate: h.cert}
		s := store.Settlement{Token: c.Token, Attempt: a, Status: store.Delivered}
		if status >= 300 {
			s.Status, s.Attempt.Outcome = store.Failed, outcome.OutcomeHTTP(status)
		}
		_, err := h.db.Settle(h.t.Context(), s)
		require.NoError(h.t, err)
	}
}

func (h *installation) fail() {
	h.t.Helper()
	for range 3 {
		h.event(http.StatusUnauthorized)
	}
}

// subjects are those of all emails so far.
func (h *installation) subjects() (all []string) {
	for _, m := range h.smtp.received() {
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		require.NoError(h.t, err)
		all = append(all, subject)
	}
	return all
}

func TestAWebhookThatFailsAndRecoversIsToldOnceEach(t *testing.T) {
	h := newInstallation(t)
	h.round(0)
	require.Empty(t, h.subjects())
	h.fail()
	h.round(time.Second)
	h.event(http.StatusUnauthorized)
	h.restart()
	h.round(time.Minute)
	require.Equal(t, []string{"Quiz: failing (HTTP 401)"}, h.subjects(), "per change, not per event, nor per start")
	require.Contains(t, h.smtp.received()[0].body, "Check your Authorization header value in Custom Headers.")
	require.Contains(t, h.smtp.received()[0].body, "https://hooks.acme.example/bots/"+h.bot.ID.String()+"/settings/marketing")

	h.now = h.now.Add(time.Hour)
	h.event(http.StatusOK)
	h.round(0)
	h.restart()
	h.round(time.Minute)
	require.Equal(t, []string{"Quiz: failing (HTTP 401)", "Quiz: works again"}, h.subjects())
	require.Len(t, h.hook.bodies, 2)
}

func TestOfSeveralEndpointsTheOneIsNamedAndLedTo(t *testing.T) {
	h := newInstallation(t)
	second, err := h.db.AddWebhookWith(t.Context(), h.bot.ID, store.WebhookChange{Name: new("Slack"), Enabled: new(true), URL: new("https://hooks.example/T0")})
	require.NoError(t, err)
	for range 3 {
		h.event(http.StatusOK)
		h.attempt(second.WebhookID, http.StatusNotFound)
	}
	h.round(0)
	require.Equal(t, []string{"Quiz · Slack: failing (HTTP 404)"}, h.subjects())
	link := "https://hooks.acme.example/bots/" + h.bot.ID.String() + "/webhooks/2/settings/marketing"
	require.Contains(t, h.smtp.received()[0].body, link)
	var body posted
	require.NoError(t, json.Unmarshal(h.hook.bodies[0], &body))
	require.Equal(t, []any{2, link}, []any{body.Data.Webhook, body.Data.Link})
	require.Contains(t, body.Text, "Quiz · Slack has been failing")
	h.now = h.now.Add(time.Hour)
	h.event(http.StatusOK)
	h.attempt(second.WebhookID, http.StatusOK)
	h.round(0)
	require.Equal(t, "Quiz · Slack: works again", h.subjects()[1])
}

func TestAWebhookThatIsSwitchedOffIsTold(t *testing.T) {
	h := newInstallation(t)
	require.NoError(t, h.db.SwitchOff(t.Context(), store.FirstWebhook(h.bot.ID), outcome.SwitchOffGone))
	h.round(0)
	h.round(time.Minute)
	require.Equal(t, []string{"Quiz: switched off"}, h.subjects())
}

func TestAnUnusualSilenceIsTold(t *testing.T) {
	h := newInstallation(t)
	for range 8 {
		h.now = h.now.Add(24 * time.Hour)
		for range 20 {
			h.event(http.StatusOK)
		}
	}
	h.round(23 * time.Hour)
	require.Empty(t, h.subjects())
	h.round(3 * time.Hour)
	h.round(2 * time.Hour)
	require.Equal(t, []string{"Quiz: no events for 26 hours"}, h.subjects())
	require.Contains(t, h.smtp.received()[0].body, "usually 20 events a day, none for 26 hours")
}

func TestACertificateThatEndsIsToldOnce(t *testing.T) {
	h := newInstallation(t)
	h.cert = &store.Certificate{NotBefore: h.now.AddDate(0, 0, -60), NotAfter: h.now.AddDate(0, 0, 30)}
	h.event(http.StatusOK)
	h.round(0)
	require.Empty(t, h.subjects())
	h.round(10 * 24 * time.Hour)
	h.restart()
	h.round(24 * time.Hour)
	require.Equal(t, []string{"Quiz: certificate expires in 20 days"}, h.subjects())

	h.cert = &store.Certificate{NotBefore: h.now, NotAfter: h.now.AddDate(0, 0, 90)}
	h.event(http.StatusOK)
	h.round(time.Hour)
	require.Len(t, h.subjects(), 1)
	found, err := h.db.AlertStates(t.Context())
	require.NoError(t, err)
	require.False(t, found[0].Holds, "renewed")
}

func TestTheNotificationWebhookIsSignedAndSaysAll(t *testing.T) {
	h := newInstallation(t)
	h.fail()
	h.round(0)
	require.Len(t, h.hook.bodies, 1)
	saved, err := h.db.NotificationWebhook(t.Context())
	require.NoError(t, err)
	verifier, err := standardwebhooks.NewWebhook(saved.Secret)
	require.NoError(t, err)
	require.NoError(t, verifier.VerifyIgnoringTimestamp(h.hook.bodies[0], h.hook.came[0].Header))
	require.Equal(t, "webhook.failing", h.hook.came[0].Header.Get("X-IoZen-Event-Name"))
	var body posted
	require.NoError(t, json.Unmarshal(h.hook.bodies[0], &body))
	require.Equal(t, "webhook.failing", body.Type)
	require.Equal(t, testNow, body.Timestamp)
	require.Equal(t, data{
		BotID: h.bot.ID.String(), BotName: "Quiz", Webhook: 1, Title: "Quiz: failing (HTTP 401)", Link: "https://hooks.acme.example/bots/" + h.bot.ID.String() + "/settings/marketing",
		Text: "Quiz has been failing for 1 minute: your endpoint did not accept the credentials (HTTP 401).\nCheck your Authorization header value in Custom Headers.",
	}, body.Data)
	require.True(t, strings.HasPrefix(body.Text, body.Data.Text))
}

// TestTheNotificationWebhookIsGuarded: a person who may save it must not reach what webhooks may not reach.
func TestTheNotificationWebhookIsGuarded(t *testing.T) {
	h := newInstallation(t)
	require.NoError(t, h.db.SetNotificationWebhook(t.Context(), "http://10.0.0.1/hook", store.Actor{}))
	outcomes, err := h.Test(t.Context(), "maria@acme.example")
	require.NoError(t, err)
	require.NoError(t, outcomes[0].Err)
	require.ErrorContains(t, outcomes[1].Err, "Blocked address")
}

func TestWhatDoesNotArriveIsTriedAgainThenGivenUp(t *testing.T) {
	h := newInstallation(t)
	h.hook.status = http.StatusServiceUnavailable
	h.fail()
	h.round(0)
	h.round(59 * time.Second)
	require.Len(t, h.hook.bodies, 1)
	h.restart()
	h.round(time.Second)
	require.Len(t, h.hook.bodies, 2)
	require.Equal(t, h.hook.came[0].Header.Get("webhook-id"), h.hook.came[1].Header.Get("webhook-id"))
	for _, wait := range waits[1:] {
		h.round(wait)
	}
	h.round(48 * time.Hour)
	require.Len(t, h.hook.bodies, len(waits)+1)
	require.Len(t, h.subjects(), 1, "the email arrived at once")
	list, err := h.db.Notifications(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 1}, []int{list[0].Sent, list[0].Waiting, list[0].Failed})
	require.Contains(t, list[0].Note, "HTTP 503")
}

// TestACrashWhileSendingLosesNothing: what was claimed and never settled is sent once its lease is over.
func TestACrashWhileSendingLosesNothing(t *testing.T) {
	h := newInstallation(t)
	h.fail()
	require.NoError(t, h.look(t.Context()))
	claimed, err := h.db.ClaimNotifications(t.Context(), 10, lease)
	require.NoError(t, err)
	require.Len(t, claimed, 2)
	h.restart()
	h.round(time.Minute)
	require.Empty(t, h.subjects(), "another process may be at it")
	h.round(time.Minute)
	require.Len(t, h.subjects(), 1)
	require.NoError(t, h.db.SettleNotification(t.Context(), claimed[0], time.Time{}, "too late"))
	list, err := h.db.Notifications(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 2, list[0].Sent, "a claim that was taken over settles nothing")
}

func TestTwoLooksAtOnceTellOnce(t *testing.T) {
	h := newInstallation(t)
	h.fail()
	other := New(h.Config)
	known, err := other.alertStates(t.Context())
	require.NoError(t, err)
	require.NoError(t, h.look(t.Context()))
	require.NoError(t, other.lookAtTroubled(t.Context(), known), "a replica that read before the change was noted")
	h.round(0)
	require.Len(t, h.subjects(), 1)
}

func TestWhoGetsEmail(t *testing.T) {
	h := newInstallation(t)
	for email, role := range map[string]store.Role{"ed@acme.example": store.RoleEditor, "vi@acme.example": store.RoleViewer, "no@acme.example": store.RoleEditor, "yes@acme.example": store.RoleViewer} {
		a, err := h.db.CreateAccount(t.Context(), store.Account{Email: email, Role: role}, store.Actor{})
		require.NoError(t, err)
		if choice := email[:2]; choice == "no" || choice == "ye" {
			require.NoError(t, h.db.ChooseMail(t.Context(), a.ID, choice == "ye"))
		}
		wants, err := h.db.WantsMail(t.Context(), a.ID)
		require.NoError(t, err)
		require.Equal(t, email == "ed@acme.example" || email == "yes@acme.example", wants, email)
	}
	h.fail()
	h.round(0)
	var to []string
	for _, m := range h.smtp.received() {
		to = append(to, m.to)
	}
	require.ElementsMatch(t, []string{"maria@acme.example", "ed@acme.example", "yes@acme.example"}, to)
}

func TestWithoutAnyWayOutTheListStillTells(t *testing.T) {
	h := newInstallation(t)
	h.Mail = nil
	require.NoError(t, h.db.SetNotificationWebhook(t.Context(), "", store.Actor{}))
	h.fail()
	h.round(0)
	list, err := h.db.Notifications(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, "Quiz: failing (HTTP 401)", list[0].Title)
	require.Zero(t, list[0].Sent+list[0].Waiting+list[0].Failed)
	outcomes, err := h.Test(t.Context(), "maria@acme.example")
	require.NoError(t, err)
	require.Empty(t, outcomes)
}

func TestOldNotificationsLeave(t *testing.T) {
	h := newInstallation(t)
	h.fail()
	h.round(0)
	h.restart()
	h.round(kept + time.Hour)
	list, err := h.db.Notifications(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestADeletedBotIsNotWatchedAnyMore(t *testing.T) {
	h := newInstallation(t)
	h.fail()
	h.round(0)
	require.NoError(t, h.db.DeleteBot(t.Context(), h.bot.ID, store.Actor{}))
	h.round(time.Hour)
	require.Len(t, h.subjects(), 1)
	_, err := h.db.Sweep(t.Context(), 100)
	require.NoError(t, err)
	known, err := h.db.AlertStates(t.Context())
	require.NoError(t, err)
	require.Empty(t, known)
}

func TestAgain(t *testing.T) {
	for attempts := 1; attempts <= len(waits); attempts++ {
		wait, more := again(attempts, io.EOF)
		require.True(t, more)
		require.Equal(t, waits[attempts-1], wait)
	}
	_, more := again(len(waits)+1, io.EOF)
	require.False(t, more)
	_, more = again(1, &refusedError{errors.New("no such mailbox")})
	require.False(t, more)
}

func TestStartAndStopTwice(t *testing.T) {
	h := newInstallation(t)
	ignored := goleak.IgnoreCurrent()
	h.Start(t.Context())
	h.Start(t.Context())
	h.Stop()
	h.Stop()
	goleak.VerifyNone(t, ignored)
	never := New(h.Config)
	never.Stop()
}
