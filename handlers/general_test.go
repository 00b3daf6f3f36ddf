package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestRename(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	path := "/bots/" + bot.ID.String() + "/settings/general"
	require.Contains(t, ta.get(path).Body.String(), `value="Quiz"`)

	res := ta.post(path, url.Values{"name": {"Solar quiz"}})
	require.Equal(t, http.StatusSeeOther, res.Code)
	require.Contains(t, ta.get(res.Header().Get("Location")).Body.String(), "Renamed")
	bot, err := ta.Store.Bot(t.Context(), bot.ID)
	require.NoError(t, err)
	require.Equal(t, "Solar quiz", bot.Name)

	refused := ta.post(path, url.Values{"name": {" "}})
	require.Equal(t, http.StatusUnprocessableEntity, refused.Code)
	require.Contains(t, refused.Body.String(), "Give the bot a name.")
}

func TestDeleteAsksForTheName(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	path := "/bots/" + bot.ID.String() + "/delete"
	refused := ta.post(path, url.Values{"confirm": {"Quizz"}})
	require.Equal(t, http.StatusUnprocessableEntity, refused.Code)
	require.Contains(t, refused.Body.String(), "This is not the bot&#39;s name. Type: Quiz")

	require.Equal(t, "/", ta.post(path, url.Values{"confirm": {" quiz\u00a0"}}).Header().Get("Location"))
	_, err := ta.Store.Bot(t.Context(), bot.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, http.StatusNotFound, ta.get("/bots/"+bot.ID.String()+"/settings/general").Code)
}
