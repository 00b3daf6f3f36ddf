package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
)

var keyText = regexp.MustCompile(`iozen_[0-9A-Za-z]{22}_[0-9A-Za-z]{39}`)

func TestAKeyIsShownOnceAndCanBeRevoked(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	made := ta.submit("/keys", url.Values{"name": {"website"}, "bot": {bot.ID.String()}, "role": {"viewer"}})
	require.Equal(t, http.StatusOK, made.Code)
	text := keyText.FindString(made.Body.String())
	require.NotEmpty(t, text)

	require.Equal(t, text, keyText.FindString(ta.get("/keys").Body.String()), "a reload shows it again, and makes none")
	ta.clock.Add(store.SessionNoteFor)
	list := ta.get("/keys").Body.String()
	require.Contains(t, list, "website")
	require.Contains(t, list, "Quiz")
	require.False(t, keyText.MatchString(list), "never again")

	id, _, err := auth.ParseAPIKey(text)
	require.NoError(t, err)
	key, err := ta.Store.Key(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, bot.ID, key.BotID)
	require.Equal(t, testEmail, key.CreatedBy.Name)

	require.Equal(t, "/keys", ta.post("/keys/"+id.String()+"/revoke", nil).Header().Get("Location"))
	require.Contains(t, ta.get("/keys").Body.String(), "Revoked")
	require.Equal(t, http.StatusUnauthorized, ta.api("GET", "/v1/bots/"+bot.ID.String(), text, "").Code)
}

func TestKeyFormSaysWhatIsWrong(t *testing.T) {
	ta := signedInApp(t)
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"no name":  {url.Values{"role": {"ingest"}}, "Give the key a name"},
		"no role":  {url.Values{"name": {"ci"}}, "Choose a role."},
		"bad role": {url.Values{"name": {"ci"}, "role": {"root"}}, "Choose a role."},
		"bad bot":  {url.Values{"name": {"ci"}, "role": {"ingest"}, "bot": {"x"}}, "Choose a bot."},
		"zeros":    {url.Values{"name": {"ci"}, "role": {"ingest"}, "bot": {"00000000-0000-0000-0000-000000000000"}}, "Choose a bot."},
		"no bot":   {url.Values{"name": {"ci"}, "role": {"ingest"}, "bot": {"019cbe60-0000-7000-8000-000000000000"}}, "Choose a bot."},
		"a blank":  {url.Values{"name": {"ci"}, "role": {"ingest"}, "bot": {" "}}, "Choose a bot."},
	} {
		res := ta.post("/keys", c.form)
		require.Equal(t, http.StatusUnprocessableEntity, res.Code, name)
		require.Contains(t, res.Body.String(), c.want, name)
	}
	keys, err := ta.Store.Keys(t.Context())
	require.NoError(t, err)
	require.Empty(t, keys)
}

func TestABotsKeyIsMadeInPlace(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	path := "/bots/" + bot.ID.String() + "/keys"
	whole := ta.submit(path, nil)
	require.Contains(t, whole.Body.String(), "<html")
	require.Regexp(t, keyText, whole.Body.String())

	r := httptest.NewRequest(http.MethodPost, testHost+path, nil)
	r.Header.Set("X-Fragment", "true")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	fragment := ta.do(r).Body.String()
	require.NotContains(t, fragment, "<html")
	id, _, err := auth.ParseAPIKey(keyText.FindString(fragment))
	require.NoError(t, err)
	key, err := ta.Store.Key(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.RoleIngest, key.Role)
	require.Equal(t, bot.ID, key.BotID)

	long := ta.newBot(strings.Repeat("é", store.MaxName))
	require.Equal(t, http.StatusSeeOther, ta.post("/bots/"+long.ID.String()+"/keys", nil).Code)
	keys, err := ta.Store.Keys(t.Context())
	require.NoError(t, err)
	_, problem := store.CheckName("key", keys[0].Name)
	require.Empty(t, problem, "its name keeps the rule of names")
}
