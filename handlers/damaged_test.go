package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

// damagedSite is a signed-in owner's site with two bots that send; the sealed values of the first cannot be opened.
func damagedSite(t *testing.T, columns ...string) (ta *apiTest, fine store.Bot) {
	t.Helper()
	ta = &apiTest{testApp: signedInApp(t)}
	ta.bot, fine = ta.newBot("Damaged"), ta.newBot("Fine")
	ta.key = ta.newKey(store.RoleOwner, uuid.Nil)
	ta.endpoint(http.StatusOK, `{"ok":true}`)
	ta.post(`{"event_name":"Lead"}`)
	ta.attempt()
	_, err := ta.Store.RotateSecret(t.Context(), store.FirstWebhook(ta.bot.ID), store.Actor{})
	require.NoError(t, err)
	limit := 5.0
	_, err = ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), store.WebhookChange{RateLimit: &limit, Edit: &store.Edit{Tab: "one", Seq: 1, Run: 1}})
	require.NoError(t, err)
	for _, column := range columns {
		storetest.Damage(t, "sqlite:"+ta.file, "webhooks", column, "bot = (SELECT number FROM bots WHERE id = ?)", ta.bot.ID[:])
	}
	return ta, fine
}

var sealedColumns = []string{"headers", "secret", "previous_secret", "undo"}

func TestADamagedSecretTakesNoPageDown(t *testing.T) {
	ta, fine := damagedSite(t, sealedColumns...)
	storetest.Damage(t, "sqlite:"+ta.file, "webhook_versions", "headers", "bot = (SELECT number FROM bots WHERE id = ?)", ta.bot.ID[:])
	deliveries, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: ta.bot.ID})
	require.NoError(t, err)
	damaged := "/bots/" + ta.bot.ID.String()
	for _, path := range []string{
		"/", "/audit", "/keys", "/deliveries", "/workspace", "/bots/" + fine.ID.String() + "/settings/marketing",
		damaged + "/settings/marketing", damaged + "/settings/general", damaged + "/settings/history", damaged + "/deliveries",
		damaged + "/webhook/fields", damaged + "/webhook/recent", damaged + "/deliveries/figures", damaged + "/deliveries/resend",
		"/deliveries/" + deliveries.Deliveries[0].ID.String(), "/deliveries/export?format=csv",
	} {
		require.Equal(t, http.StatusOK, ta.get(path).Code, path)
	}
	for _, path := range []string{"/v1/bots", "/v1/bots/" + ta.bot.ID.String(), ta.at("/webhook"), ta.at("/deliveries"), "/v1/deliveries/" + deliveries.Deliveries[0].ID.String()} {
		ta.call("GET", path, "", http.StatusOK)
	}
	page := ta.get(damaged + "/settings/marketing").Body.String()
	require.Contains(t, page, "The stored headers cannot be read")
	require.Contains(t, ta.get(damaged+"/settings/developer").Body.String(), "The stored signing secret cannot be read")
	require.Contains(t, page, "a stored secret cannot be read, so nothing is sent")
	require.Contains(t, ta.get(damaged+"/settings/history").Body.String(), "Its headers cannot be read")
	require.NotContains(t, ta.get("/bots/"+fine.ID.String()+"/settings/marketing").Body.String(), "cannot be read")
}

// TestNothingIsSentWithoutWhatIsDamaged: neither a test nor the engine sends until the damaged value has been saved over.
func TestNothingIsSentWithoutWhatIsDamaged(t *testing.T) {
	for _, column := range []string{"headers", "secret"} {
		ta, _ := damagedSite(t, column)
		ta.post(`{"event_name":"Lead"}`)
		_, err := ta.Store.Claim(t.Context(), store.FirstWebhook(ta.bot.ID), 10, 0)
		require.ErrorIs(t, err, store.ErrUnreadable, column)
		answer := ta.call("POST", ta.at("/webhook/test"), "", http.StatusConflict)
		require.Equal(t, "A stored secret cannot be read", answer["title"])
	}
	for _, column := range []string{"previous_secret", "undo"} { // what sending can do without
		ta, _ := damagedSite(t, column)
		require.Equal(t, true, ta.call("POST", ta.at("/webhook/test"), "", http.StatusOK)["ok"], column)
	}
}

// An emptied secret counts as damaged: nothing could be signed with it, and the page could not show its example.
func TestAnEmptiedSecretIsADamagedOne(t *testing.T) {
	ta, _ := damagedSite(t)
	storetest.Empty(t, "sqlite:"+ta.file, "webhooks", "secret", "bot = (SELECT number FROM bots WHERE id = ?)", ta.bot.ID[:])
	page := ta.get("/bots/" + ta.bot.ID.String() + "/settings/developer")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), "The stored signing secret cannot be read")
	ta.post(`{"event_name":"Lead"}`)
	_, err := ta.Store.Claim(t.Context(), store.FirstWebhook(ta.bot.ID), 10, 0)
	require.ErrorIs(t, err, store.ErrUnreadable)
	_, err = ta.Store.RotateSecret(t.Context(), store.FirstWebhook(ta.bot.ID), store.Actor{})
	require.NoError(t, err)
	require.Equal(t, true, ta.call("POST", ta.at("/webhook/test"), "", http.StatusOK)["ok"])
}

func TestWhatIsDamagedIsSavedOver(t *testing.T) {
	for name, save := range map[string]func(*apiTest) (int, int){
		"by the API": func(ta *apiTest) (int, int) {
			url := ta.call("GET", ta.at("/webhook"), "", http.StatusOK)["url"].(string)
			return ta.api("PUT", ta.at("/webhook"), ta.key, `{"enabled":true,"url":"`+url+`","headers":[{"name":"Authorization","value":"Bearer new-1234567"}]}`).Code, http.StatusOK
		},
		"by the API, with none": func(ta *apiTest) (int, int) {
			url := ta.call("GET", ta.at("/webhook"), "", http.StatusOK)["url"].(string)
			return ta.api("PUT", ta.at("/webhook"), ta.key, `{"enabled":true,"url":"`+url+`"}`).Code, http.StatusOK
		},
		"by the page": func(ta *apiTest) (int, int) {
			w, err := ta.Store.Webhook(ta.t.Context(), store.FirstWebhook(ta.bot.ID))
			require.NoError(ta.t, err)
			return ta.testApp.post("/bots/"+ta.bot.ID.String()+"/webhook/fields", url.Values{
				"field": {"headers"}, "headers": {"Authorization: Bearer new-1234567"}, "base": {strconv.FormatInt(w.Version, 10)}, "tab": {"two"}, "seq": {"1"}, "run": {"1"},
			}).Code, http.StatusOK
		},
		"by the whole form": func(ta *apiTest) (int, int) {
			w, err := ta.Store.Webhook(ta.t.Context(), store.FirstWebhook(ta.bot.ID))
			require.NoError(ta.t, err)
			return ta.testApp.post("/bots/"+ta.bot.ID.String()+"/settings/marketing", url.Values{
				"enabled": {"on"}, "url": {w.URL}, "headers": {"Authorization: Bearer new-1234567"}, "version": {strconv.FormatInt(w.Version, 10)},
			}).Code, http.StatusSeeOther
		},
	} {
		t.Run(name, func(t *testing.T) {
			ta, _ := damagedSite(t, sealedColumns...)
			got, want := save(ta)
			require.Equal(t, want, got)
			require.Equal(t, http.StatusSeeOther, ta.testApp.post("/bots/"+ta.bot.ID.String()+"/webhook/secret/rotate", nil).Code)
			w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(ta.bot.ID))
			require.NoError(t, err)
			require.False(t, w.Damaged.Any())
			require.Equal(t, true, ta.call("POST", ta.at("/webhook/test"), "", http.StatusOK)["ok"])
		})
	}
}

// TestOtherFieldsAreSavedBesideWhatIsDamaged: the damaged value stays unchanged, so that the right key file can still open it.
func TestOtherFieldsAreSavedBesideWhatIsDamaged(t *testing.T) {
	ta, _ := damagedSite(t, sealedColumns...)
	off, limit, names := false, 7.0, []string{"Lead"}
	target := "https://crm.example/other"
	for _, change := range []store.WebhookChange{{Enabled: &off}, {RateLimit: &limit}, {EventNames: &names}, {URL: &target}} {
		w, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), change)
		require.NoError(t, err)
		require.True(t, w.Damaged.Headers)
	}
	value := []store.HeaderChange{{Name: "Authorization"}} // to keep what cannot be read
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), store.WebhookChange{Headers: &value})
	require.ErrorAs(t, err, new(*store.KeepError))
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(ta.bot.ID))
	require.NoError(t, err)
	require.True(t, w.Damaged.Headers)
	require.Equal(t, target, w.URL)
	_, err = ta.Store.RestoreWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), w.Version, store.Actor{})
	require.ErrorIs(t, err, store.ErrUnreadable, "a version whose headers were damaged")
}
