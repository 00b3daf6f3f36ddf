package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/views"
)

// answersInPlace are the addresses whose answer no browser shows as a page, by why.
var answersInPlace = map[string]string{
	"/bots/:id/webhook/fields":      "a script saves a field, and stays",
	"/bots/:id/webhook/undo":        "a script takes an edit back, and stays",
	"/bots/:id/webhook/matches":     "counts what conditions match, for a script",
	"/bots/:id/webhook/paste":       "a script asks what was pasted, and nothing is done",
	"/bots/:id/webhook/format":      "a script asks what a format would make, and nothing is done",
	"/bots/:id/webhook/test/cancel": "a script cuts its own test",
	"/people/export":                "a file, which the browser saves",
}

// formOf is what a person could have sent to a page's address, so that it does something.
var sentTo = map[string]url.Values{
	"/setup": {"email": {"new@acme.example"}, "password": {testPassword}}, "/signin": {"email": {testEmail}, "password": {testPassword}},
	"/bots": {"name": {"New"}}, "/bots/:id/settings/general": {"name": {"Renamed"}}, "/bots/:id/delete": {"confirm": {"Quiz"}},
	"/bots/:id/settings/marketing": {"url": {"https://crm.example.com/hook"}, "version": {"1"}},
	"/bots/:id/webhook/test":       {"url": {"https://crm.invalid/hook"}, "version": {"1"}},
	"/bots/:id/webhook/reveal":     {"url": {"typed"}, "version": {"1"}},
	"/bots/:id/webhooks":           {"name": {"Third"}}, "/bots/:id/webhooks/order": {"order": {"1"}, "move": {"up-1"}},
	"/bots/:id/webhooks/:n/name": {"name": {"CRM"}}, "/bots/:id/webhooks/:n/delete": {"confirm": {"Second"}},
	"/bots/:id/failed/send": {"since": {"2026-01-01T00:00:00Z"}},
	"/keys":                 {"name": {"CI"}, "role": {"viewer"}}, "/invitations": {"email": {"new@acme.example"}, "role": {"viewer"}},
	"/accounts/:id/role": {"role": {"editor"}}, "/people": {"kind": {"email"}, "value": {"jane@example.com"}}, "/people/erase": {"kind": {"email"}, "value": {"jane@example.com"}},
	"/account/password":            {"current": {testPassword}, "new": {"another horse battery staple"}},
	"/account/second-factor":       {"password": {testPassword}},
	"/account/second-factor/codes": {"password": {testPassword}}, "/account/second-factor/remove": {"password": {testPassword}},
	"/workspace/retention": {"days": {"14"}}, "/workspace/webhook": {"url": {"https://hooks.example/x"}}, "/workspace/mail": {"mail": {"on"}},
}

// address fills in what a route's path leaves open.
func (s site) address(path string) string {
	id := uuid.NewString()
	switch {
	case strings.HasPrefix(path, "/bots/:id"):
		id = s.bot.ID.String()
	case strings.HasPrefix(path, "/deliveries/:id"):
		id = s.delivery.String()
	case strings.HasPrefix(path, "/accounts/:id"):
		accounts, err := s.Store.Accounts(s.t.Context())
		require.NoError(s.t, err)
		other := slices.IndexFunc(accounts, func(a store.Account) bool { return a.Role == store.RoleViewer })
		id = accounts[other].ID.String()
	}
	return strings.NewReplacer(":id", id, ":version", "1", ":n", s.second(path)).Replace(path)
}

// second is the number of the bot's second webhook, which there is once a path asks for it.
func (s site) second(path string) string {
	if strings.Contains(path, "/:n") {
		names, err := s.Store.WebhookNames(s.t.Context(), s.bot.ID)
		require.NoError(s.t, err)
		if len(names) == 1 {
			_, err := s.Store.AddWebhook(s.t.Context(), s.bot.ID, "Second", store.Actor{})
			require.NoError(s.t, err)
		}
	}
	return "2"
}

// firstPath is the page of the first webhook that does the same as one of any.
func firstPath(path string) string {
	if first := strings.Replace(path, webhookPaths[1], webhookPaths[0], 1); ofOneWebhook.MatchString(first) {
		return first
	}
	return path
}

// TestAReloadRepeatsNothing walks the routes: what a form does answers with a redirect, so that a reload does it again nowhere;
// what is refused answers in place; and the address that is then in the browser's bar leads to a page.
func TestAReloadRepeatsNothing(t *testing.T) {
	for _, r := range newTestApp(t).router.Routes() {
		if r.Method != http.MethodPost || isAPI(httptest.NewRequest("POST", testHost+strings.ReplaceAll(r.Path, ":", ""), nil)) {
			continue
		}
		t.Run(r.Path, func(t *testing.T) {
			s := newSite(t)
			s.signedIn[store.RoleOwner].work()
			browser := s.signedIn[store.RoleOwner]
			path := s.address(r.Path)
			for name, form := range map[string]url.Values{"with nothing": nil, "as meant": sentTo[firstPath(r.Path)]} {
				if answersInPlace[firstPath(r.Path)] != "" {
					break
				}
				res := browser.post(path, form)
				if res.Code == http.StatusSeeOther {
					require.NotContains(t, res.Header().Get("Location"), "said=", name)
					continue
				}
				require.GreaterOrEqual(t, res.Code, http.StatusBadRequest, "%s: neither a redirect nor a refusal", name)
				require.Less(t, res.Code, http.StatusInternalServerError, name)
				if len(form) > 0 && name == "with nothing" {
					require.Equal(t, http.StatusUnprocessableEntity, res.Code, name)
				}
			}
			page := browser.get(path)
			for range 3 { // an address may lead to another that leads on
				if page.Code != http.StatusSeeOther {
					break
				}
				to, _, _ := strings.Cut(page.Header().Get("Location"), "#")
				page = browser.get(to)
			}
			gone := []string{"/bots/:id/delete", "/bots/:id/webhooks/:n/delete", "/invitation"} // the bot is deleted, the webhook; there is no invitation
			if slices.Contains(gone, r.Path) {
				require.Contains(t, page.Body.String(), "<h1>")
				return
			}
			require.Equal(t, http.StatusOK, page.Code, "opened, the address leads to a page")
			if firstPath(r.Path) != "/bots/:id/webhook/fields" { // whose script reads them from the same address
				require.Contains(t, page.Body.String(), "<h1")
			}
		})
	}
}

// shownOnce are the acts that show a secret, each with the page that shows it and the secret as that page has it.
var shownOnce = map[string]struct {
	act, page string
	form      url.Values
	secret    func(*testing.T, site) string
}{
	"a key":              {act: "/keys", page: "/keys", form: sentTo["/keys"], secret: func(*testing.T, site) string { return "iozen_" }},
	"an invitation":      {act: "/invitations", page: "/accounts", form: sentTo["/invitations"], secret: func(*testing.T, site) string { return "/invitation?token=" }},
	"an authenticator":   {act: "/account/second-factor", page: "/account", form: sentTo["/account/second-factor"], secret: func(*testing.T, site) string { return "otpauth://" }},
	"personal data":      {act: "/deliveries/:id/reveal", page: "/deliveries/:id", secret: func(*testing.T, site) string { return "Hide" }},
	"a signing secret":   {act: "/bots/:id/webhook/secret/reveal", page: "/bots/:id/settings/developer", secret: webhookSecret},
	"a rotated secret":   {act: "/bots/:id/webhook/secret/rotate", page: "/bots/:id/settings/developer", secret: webhookSecret},
	"notification's own": {act: "/workspace/webhook/reveal", page: "/workspace", secret: notificationSecret},
}

// TestWhatIsShownOnceSurvivesAReload covers each secret that an act shows.
func TestWhatIsShownOnceSurvivesAReload(t *testing.T) {
	for name, c := range shownOnce {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store.RoleOwner)
			require.NoError(t, s.Store.SetNotificationWebhook(t.Context(), "https://hooks.example/x", store.Actor{}))
			browser, act, page := s.signedIn[store.RoleOwner], s.address(c.act), s.address(c.page)
			require.Equal(t, http.StatusSeeOther, browser.post(act, c.form).Code)
			secret, audited := c.secret(t, s), len(s.acts())
			first := browser.get(page)
			require.Contains(t, first.Body.String(), secret)
			require.Equal(t, "no-store", first.Header().Get("Cache-Control"))
			require.Equal(t, first.Body.String(), browser.get(page).Body.String(), "a reload")
			require.Len(t, s.acts(), audited, "and nothing more was done")

			elsewhere := s.another()
			elsewhere.signInAs("owner@acme.example")
			require.NotContains(t, elsewhere.get(page).Body.String(), secret, "the same person in another browser")
			s.clock.Add(store.SessionNoteFor)
			require.NotContains(t, browser.get(page).Body.String(), secret, "ten minutes later")
		})
	}
}

func webhookSecret(t *testing.T, s site) string {
	w, err := s.Store.Webhook(t.Context(), store.FirstWebhook(s.bot.ID))
	require.NoError(t, err)
	return w.Secret
}

func notificationSecret(t *testing.T, s site) string {
	w, err := s.Store.NotificationWebhook(t.Context())
	require.NoError(t, err)
	return w.Secret
}

// acts are the audit log's.
func (s site) acts() []store.AuditEntry {
	page, err := s.Store.Audit(s.t.Context(), store.AuditFilter{})
	require.NoError(s.t, err)
	return page.Entries
}

func TestWhatIsShownCanBeHidden(t *testing.T) {
	s := newSite(t, store.RoleOwner)
	browser := s.signedIn[store.RoleOwner]
	require.Contains(t, browser.submit("/keys", sentTo["/keys"]).Body.String(), "iozen_")
	require.Equal(t, "/keys", browser.post("/hide", url.Values{"what": {views.ShownKey}, "next": {"/keys"}}).Header().Get("Location"))
	require.NotContains(t, browser.get("/keys").Body.String(), "iozen_")
}

// Words about an act are said on the page that it leads to, once, and by no script that fetches a part of a page before.
func TestWhatWasDoneIsSaidOnce(t *testing.T) {
	ta := signedInApp(t)
	require.Equal(t, http.StatusSeeOther, ta.post("/workspace/mail", url.Values{"mail": {"on"}}).Code)
	part := httptest.NewRequest(http.MethodGet, testHost+"/workspace", nil)
	part.Header.Set("Sec-Fetch-Mode", "cors")
	require.NotContains(t, ta.do(part).Body.String(), "Email preference saved.")
	require.Contains(t, ta.get("/workspace").Body.String(), "Email preference saved.")
	require.NotContains(t, ta.get("/workspace").Body.String(), "Email preference saved.")
}

func TestANoteIsSealedInTheDatabase(t *testing.T) {
	ta := signedInApp(t)
	page := ta.submit("/keys", sentTo["/keys"]).Body.String()
	text := keyText.FindString(page)
	require.NotEmpty(t, text)
	ta.requireNotKept(text)
}
