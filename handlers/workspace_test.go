package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

func TestTheWorkspaceSaysWhatAppliesToTheServer(t *testing.T) {
	ta := signedInApp(t, func(c *Config) { c.Retention = store.Retention{Usual: 30 * 24 * time.Hour} })
	page := ta.get("/workspace").Body.String()
	require.Contains(t, page, "<code>127.0.0.0/8</code>")
	require.Contains(t, page, "30 days")
	require.Contains(t, page, "Email is not set up on this server")
	require.Contains(t, page, "Nothing yet.")
	require.Regexp(t, `name="mail" value="on" checked`, page, "owners get emails")
}

func TestEveryoneChoosesAboutTheirOwnEmails(t *testing.T) {
	ta := newTestApp(t)
	viewer := ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	require.NotRegexp(t, `name="mail" value="on" checked`, ta.get("/workspace").Body.String(), "viewers get none by themselves")
	for choice, want := range map[string]bool{"on": true, "": false} {
		require.Equal(t, "/workspace", ta.post("/workspace/mail", url.Values{"mail": {choice}}).Header().Get("Location"))
		wants, err := ta.Store.WantsMail(t.Context(), viewer.ID)
		require.NoError(t, err)
		require.Equal(t, want, wants)
	}
}

func TestTheNotificationWebhookIsSavedByTheRulesOfEveryWebhook(t *testing.T) {
	ta := signedInApp(t)
	for typed, problem := range map[string]string{
		"crm.example":         "It must start with https:// or http://",
		"https://10.0.0.1/x":  "IOZEN_ALLOW_TARGETS=10.0.0.1/32",
		"https://u@x.example": "Remove the user name and password",
	} {
		res := ta.post("/workspace/webhook", url.Values{"url": {typed}})
		require.Equal(t, http.StatusUnprocessableEntity, res.Code, typed)
		require.Contains(t, res.Body.String(), problem)
		require.Contains(t, res.Body.String(), `value="`+typed+`"`, "what was typed stays")
	}
	require.Equal(t, "/workspace", ta.post("/workspace/webhook", url.Values{"url": {" https://hooks.example/T0/B0/secret "}}).Header().Get("Location"))
	saved, err := ta.Store.NotificationWebhook(t.Context())
	require.NoError(t, err)
	require.Equal(t, "https://hooks.example/T0/B0/secret", saved.URL)

	require.NotContains(t, ta.get("/workspace").Body.String(), saved.Secret)
	require.Contains(t, ta.submit("/workspace/webhook/reveal", nil).Body.String(), saved.Secret)
	audit := ta.auditActions()
	require.Contains(t, audit, "notifications.set_webhook hooks.example", "of the URL only the host: the rest is often a secret")
	require.Contains(t, audit, "notifications.reveal_secret ")

	ta.post("/workspace/webhook", url.Values{"url": {""}})
	gone, err := ta.Store.NotificationWebhook(t.Context())
	require.NoError(t, err)
	require.Empty(t, gone.URL)
	require.Equal(t, saved.Secret, gone.Secret, "kept, for another try")
}

// auditActions are the actions in the audit log.
func (ta *testApp) auditActions() (short []string) {
	ta.t.Helper()
	entries, err := storetest.AuditEntries(ta.t.Context(), ta.Store, uuid.Nil, 100)
	require.NoError(ta.t, err)
	for _, e := range entries {
		short = append(short, e.Action+" "+e.Target)
	}
	return short
}

func TestOnlyOwnersChangeTheNotificationWebhook(t *testing.T) {
	ta := newTestApp(t)
	ta.account("ed@acme.example", store.RoleEditor)
	ta.signInAs("ed@acme.example")
	require.Equal(t, http.StatusForbidden, ta.post("/workspace/webhook", url.Values{"url": {"https://x.example"}}).Code)
	require.Equal(t, http.StatusForbidden, ta.post("/workspace/webhook/reveal", nil).Code)
	require.NotContains(t, ta.get("/workspace").Body.String(), "Notification webhook URL")
}

func TestATestNotificationSaysWhatBecameOfIt(t *testing.T) {
	ta := signedInApp(t)
	require.Contains(t, ta.submit("/workspace/test", nil).Body.String(), "set up email or a notification webhook first")

	status := http.StatusOK
	var came []byte
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came, _ = io.ReadAll(r.Body) // a cut request is seen by its status
		w.WriteHeader(status)
	}))
	t.Cleanup(endpoint.Close)
	ta.post("/workspace/webhook", url.Values{"url": {endpoint.URL}})
	require.Contains(t, ta.submit("/workspace/test", nil).Body.String(), "accepted the notification.")
	require.Contains(t, string(came), `"type":"webhook.test"`)
	status = http.StatusNotFound
	require.Contains(t, ta.submit("/workspace/test", nil).Body.String(), "did not work: HTTP 404: Endpoint not found")
}

func TestNotificationsAreListed(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.onWebhook("Quiz")
	ta.answered(bot, 3, 401, nil)
	require.NoError(t, ta.Notifier.Round(t.Context()))
	page := ta.get("/workspace").Body.String()
	require.Contains(t, page, "Quiz: failing (HTTP 401)")
	require.Contains(t, page, "Not sent (no channel set up)")

	for name, c := range map[string]struct {
		n    store.Notification
		want string
	}{
		"arrived":        {store.Notification{Sent: 2}, "Sent"},
		"on its way":     {store.Notification{Sent: 1, Waiting: 1}, "Being sent"},
		"did not arrive": {store.Notification{Sent: 1, Failed: 1}, "Did not arrive"},
		"nobody to tell": {store.Notification{}, "Not sent (no channel set up)"},
	} {
		require.Equal(t, c.want, notificationRow(c.n).Status, name)
	}
}

func TestAnOwnerChoosesHowLongTheLogIsKept(t *testing.T) {
	ta := signedInApp(t, func(c *Config) { c.Retention = store.Retention{Usual: 90 * 24 * time.Hour, Most: 90 * 24 * time.Hour} })
	require.Contains(t, ta.get("/workspace").Body.String(), "At most 90 days on this server")
	for _, typed := range []string{"", "0", "-1", "91", "36500", "1.5", "ten", "1e1", "９"} {
		res := ta.post("/workspace/retention", url.Values{"days": {typed}})
		require.Equal(t, http.StatusUnprocessableEntity, res.Code, typed)
		require.Contains(t, res.Body.String(), "from 1 to 90.", typed)
		require.Contains(t, res.Body.String(), `value="`+typed+`"`, "what was typed stays")
	}
	require.Contains(t, ta.submit("/workspace/retention", url.Values{"days": {" 14 "}}).Body.String(), "Log retention is now 14 days.")
	days, err := ta.Store.RetentionDays(t.Context())
	require.NoError(t, err)
	require.Equal(t, 14, days)
	require.Contains(t, ta.get("/audit").Body.String(), "set the log retention to 14 days")

	ta.account("ed@acme.example", store.RoleEditor)
	eds := ta.another()
	eds.signInAs("ed@acme.example")
	require.NotContains(t, eds.get("/workspace").Body.String(), "Save retention")
	require.Contains(t, eds.get("/workspace").Body.String(), "14 days")
	require.Equal(t, http.StatusForbidden, eds.post("/workspace/retention", url.Values{"days": {"1"}}).Code)
}
