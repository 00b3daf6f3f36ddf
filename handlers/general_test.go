package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"
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

// TestADeletionCanBeTakenBack: the page that it leads to offers it, and says so when it comes too late.
func TestADeletionCanBeTakenBack(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	address := "/bots/" + bot.ID.String()
	remove := func() { ta.post(address+"/delete", url.Values{"confirm": {"Quiz"}}) }
	remove()
	home := ta.get("/").Body.String()
	require.Contains(t, home, "Quiz deleted.")
	require.Contains(t, home, `action="`+address+`/restore"`)
	require.NotContains(t, ta.get("/").Body.String(), "Quiz deleted.", "once")

	res := ta.post(address+"/restore", nil)
	require.Equal(t, address+"/deliveries", res.Header().Get("Location"))
	require.Contains(t, ta.get(address+"/deliveries").Body.String(), "Quiz is back.")
	require.Equal(t, address+"/deliveries", ta.post(address+"/restore", nil).Header().Get("Location"), "pressed twice")

	remove()
	ta.clock.Add(store.DeleteUndoFor)
	require.Equal(t, "/", ta.post(address+"/restore", nil).Header().Get("Location"))
	require.Contains(t, ta.get("/").Body.String(), "Too late to undo")
	require.Equal(t, http.StatusNotFound, ta.get(address+"/deliveries").Code)
	require.Equal(t, "/", ta.post("/bots/"+uuid.NewString()+"/restore", nil).Header().Get("Location"))
}
