package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

func TestSigningSecretsAreShownOnlyWhenAskedForAndThatIsAudited(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	page := "/bots/" + bot.ID.String() + "/settings/developer"
	secret := "/bots/" + bot.ID.String() + "/webhook/secret/"
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(t, err)
	old := w.Secret
	require.NotContains(t, ta.get(page).Body.String(), old)

	rotated := ta.submit(secret+"rotate", nil)
	require.Equal(t, http.StatusOK, rotated.Code)
	require.Contains(t, rotated.Body.String(), "Both secrets work until")
	require.Contains(t, rotated.Body.String(), ta.clock.Now().Add(24*time.Hour).UTC().Format("2006-01-02 15:04:05"))
	w, err = ta.Store.Webhook(t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(t, err)
	for _, body := range []string{rotated.Body.String(), ta.get(page).Body.String()} {
		require.NotContains(t, body, old, "to see it is an act of its own")
		require.Contains(t, body, w.Secret, "one rotates to get it, and a reload does not lose it")
	}
	require.NotContains(t, ta.another().get(page).Body.String(), w.Secret)
	ta.clock.Add(store.SessionNoteFor)
	require.NotContains(t, ta.get(page).Body.String(), w.Secret)

	shown := ta.submit(secret+"reveal", nil).Body.String()
	require.Contains(t, shown, w.Secret)
	require.Contains(t, shown, old)
	require.Contains(t, ta.submit(secret+"end", nil).Body.String(), "The old secret is no longer valid.")
	require.NotContains(t, ta.submit(secret+"reveal", nil).Body.String(), old)

	entries, err := storetest.AuditEntries(t.Context(), ta.Store, bot.ID, 10)
	require.NoError(t, err)
	var acts []string
	for _, e := range entries {
		if strings.Contains(e.Action, "secret") {
			acts = append(acts, e.Action)
		}
	}
	require.Equal(t, []string{"webhook.reveal_secret", "webhook.end_old_secret", "webhook.reveal_secret", "webhook.rotate_secret"}, acts)
}

func TestAViewerSeesNoButtonOfTheSecret(t *testing.T) {
	ta := newTestApp(t)
	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	bot := ta.newBot("Roofing quote bot")
	require.NotContains(t, ta.get("/bots/"+bot.ID.String()+"/settings/developer").Body.String(), "/webhook/secret/reveal")
	for _, act := range []string{"reveal", "rotate", "end"} {
		require.Equal(t, http.StatusForbidden, ta.post("/bots/"+bot.ID.String()+"/webhook/secret/"+act, nil).Code, act)
	}
}
