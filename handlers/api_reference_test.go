package handlers

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestTheReferenceShowsEveryCallOfTheAPI(t *testing.T) {
	ta := signedInApp(t)
	page := html.UnescapeString(ta.get("/help/api").Body.String())
	for _, r := range ta.apiRoutes() {
		call := strings.NewReplacer("/bots/:id", "/bots/{bot_id}", "/deliveries/:id", "/deliveries/{delivery_id}", "/jobs/:id", "/jobs/{job_id}", "/:n", "/{n}").Replace(r.path)
		require.Contains(t, page, "<b>"+r.method+"</b> "+call+"</p>")
	}
	require.Contains(t, page, "curl -X POST '"+testHost+"/v1/bots/BOT_ID/events'")
	require.Contains(t, page, "user_data.email", "what is inside an object has its path")
	require.NotContains(t, page, "$ref")
	require.Contains(t, ta.get("/help").Body.String(), `href="/help/api"`)
}

func TestTheReferenceIsSearched(t *testing.T) {
	ta := signedInApp(t)
	found := ta.get("/help/api?q=ERASE+person").Body.String()
	require.Contains(t, found, "/v1/people/erase")
	require.NotContains(t, found, "/v1/bots/{bot_id}/events</p>")
	require.Contains(t, ta.get("/help/api?q=zebra").Body.String(), "No call has all of these words.")
	require.Contains(t, ta.get("/help/api?q=%3Cscript%3E").Body.String(), "&lt;script&gt;")
}

// The example of the reference is a body that the API takes.
func TestTheCommandOfTheReferenceWorks(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	r, err := referenceOf(openAPIDocument)
	require.NoError(t, err)
	require.Equal(t, "postEvents", r.calls[0].ID)
	_, body, ok := strings.Cut(r.calls[0].Curl, "-d '")
	require.True(t, ok)
	res := ta.api("POST", "/v1/bots/"+bot.ID.String()+"/events", ta.newKey(store.RoleIngest, uuid.Nil), strings.TrimSuffix(body, "'"))
	require.Equal(t, http.StatusAccepted, res.Code, res.Body.String())
}
