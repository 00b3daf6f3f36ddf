package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

// rowsOf counts the rows of a log page.
func rowsOf(page string) int { return strings.Count(page, `<tr id="d-`) }

func TestAnEmptyLogShowsHowEventsGetIn(t *testing.T) {
	ta := signedInApp(t)
	require.Contains(t, ta.get("/deliveries").Body.String(), "Create your first bot")
	bot := ta.newBot("Quiz")
	page := ta.get("/bots/" + bot.ID.String() + "/deliveries").Body.String()
	require.Contains(t, page, "No deliveries yet")
	require.Contains(t, page, "/v1/bots/"+bot.ID.String()+"/events")
	require.Contains(t, page, "Create API key")
	require.NotContains(t, page, `role="search"`)
	require.Contains(t, ta.get("/deliveries").Body.String(), "Open a bot to send a first lead.")
}

func TestTheLogShowsWhatBecameOfEachEvent(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("the-first")
	bot.attempted(answered(204, ""), store.Delivered)
	bot.lead("the-second")
	bot.attempted(answered(503, ""), store.Retrying)
	bot.lead("the-third")
	bot.attempted(store.Attempt{Outcome: outcome.OutcomeTimeout, Duration: 30 * time.Second}, store.Failed)
	bot.lead("the-fourth")

	page := ta.get("/bots/" + bot.ID.String() + "/deliveries").Body.String()
	require.Equal(t, 4, rowsOf(page))
	for _, words := range []string{
		"Delivered", "204", "92 ms", "Retrying", "503", "Failed", "Request timed out", "30 s", "Queued", "j•••@example.com",
		"the-first",
	} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, "jane@example.com")
	require.Less(t, strings.Index(page, "the-fourth"), strings.Index(page, "the-first"), "newest first")
	require.NotContains(t, page, `class="bot"`)

	all := ta.get("/deliveries").Body.String()
	require.Equal(t, 4, rowsOf(all))
	require.Contains(t, all, `<td class="bot" title="Quiz">Quiz</td>`)
}

func TestTheLogIsFiltered(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("delivered-1")
	bot.attempted(answered(200, ""), store.Delivered)
	bot.lead("failed-1")
	bot.attempted(answered(401, ""), store.Failed)
	bot.lead("retrying-1")
	bot.attempted(answered(503, ""), store.Retrying)
	old := ta.clock.Now()
	ta.clock.Add(2 * time.Hour)
	base := "/bots/" + bot.ID.String() + "/deliveries"
	for query, want := range map[string]int{
		"":                                       3,
		"status=failed":                          1,
		"status=failed&status=retrying":          2,
		"event_name=Lead":                        3,
		"event_name=Other":                       0,
		"code=4xx":                               1,
		"code=none":                              0,
		"test=true":                              0,
		"range=24h":                              3,
		"range=1h":                               0,
		"q=failed-1":                             1,
		"q=JANE@example.com":                     3,
		"q=nobody@example.com":                   0,
		"to=" + old.UTC().Format(boxLayout):      0,
		"from=2020-01-01T00:00&status=delivered": 1,
	} {
		page := ta.get(base + "?" + query).Body.String()
		require.Equal(t, want, rowsOf(page), query)
		if want == 0 {
			require.Contains(t, page, "No matching deliveries", query)
			require.Contains(t, page, "Clear filters", query)
		}
	}
}

func TestAFilterThatCannotBeUnderstoodSaysSoAndTheRestWorks(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("one")
	bot.attempted(answered(401, ""), store.Failed)
	bot.lead("two")
	base := "/bots/" + bot.ID.String() + "/deliveries?"
	for query, words := range map[string]string{
		"code=9xx":      "it must be a status such as 401",
		"from=tomorrow": "it must be RFC 3339",
		"range=1y":      "it must be 1h, 24h, 7d or 30d",
		"status=lost":   "it must be of queued, sending",
		"test=maybe":    "it must be true or false",
	} {
		page := ta.get(base + query)
		require.Equal(t, http.StatusOK, page.Code)
		require.Contains(t, page.Body.String(), words)
		require.Equal(t, 2, rowsOf(page.Body.String()), query)
		if !strings.HasPrefix(query, "status") {
			require.Equal(t, 1, rowsOf(ta.get(base+query+"&status=failed").Body.String()), "the other filters still count")
		}
	}
}

func TestFiltersOfAnAddressStayChosen(t *testing.T) {
	ta := signedInApp(t)
	ta.newLogBot("Quiz").lead("one")
	page := ta.get("/deliveries?status=failed,held&code=418&event_name=Gone&q=x&from=2026-03-05T12:00:00Z").Body.String()
	for _, html := range []string{
		`name="status" value="failed"`, `name="status" value="held"`, `<option value="418" selected>`, `<option value="Gone" selected>`,
		`value="x"`, `value="2026-03-05T12:00"`,
	} {
		require.Contains(t, page, html)
	}
}

func TestPagesGoBothWaysAndKeepTheFilter(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	for i := range 5 {
		bot.lead(fmt.Sprintf("event-%d", i))
	}
	link := func(page, rel string) string {
		found := regexp.MustCompile(`href="([^"]*)" rel="` + rel + `"`).FindStringSubmatch(page)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	first := ta.get("/bots/" + bot.ID.String() + "/deliveries?limit=2&event_name=Lead").Body.String()
	require.Equal(t, "", link(first, "prev"))
	second := ta.get(link(first, "next")).Body.String()
	require.Contains(t, second, "event-2")
	require.Contains(t, link(second, "next"), "event_name=Lead")
	require.Contains(t, second, "Newest")
	third := ta.get(link(second, "next")).Body.String()
	require.Contains(t, third, "event-0")
	require.Equal(t, "", link(third, "next"))
	require.Contains(t, ta.get(link(third, "prev")).Body.String(), "event-2")

	broken := ta.get("/deliveries?event_name=Lead&cursor=broken")
	require.Equal(t, "/deliveries?event_name=Lead", broken.Header().Get("Location"))
}

func TestResending(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.lead("one")
	bot.attempted(answered(401, ""), store.Failed)
	path := "/deliveries/" + d.ID.String() + "/resend"

	require.Equal(t, "/deliveries/"+d.ID.String(), ta.post(path, nil).Header().Get("Location"))
	require.Equal(t, store.Queued, bot.load(d.ID).Status)
	bot.attempted(answered(200, ""), store.Delivered)
	back := ta.post(path, url.Values{"next": {"/deliveries?status=failed"}})
	require.Equal(t, "/deliveries?status=failed", back.Header().Get("Location"))
	require.Equal(t, "/deliveries/"+d.ID.String(), ta.post(path, url.Values{"next": {"//evil.example"}}).Header().Get("Location"))

	off := false
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &off})
	require.NoError(t, err)
	refused := ta.post(path, nil)
	require.Equal(t, http.StatusConflict, refused.Code)
	require.Contains(t, refused.Body.String(), "The webhook is off")

	require.Equal(t, http.StatusNotFound, ta.post("/deliveries/"+uuid.NewString()+"/resend", nil).Code)
}

func TestTheLogAsksWhatToDoWithHeldEventsAndStaysOpen(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String()
	off, on := false, true
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &off})
	require.NoError(t, err)
	d := bot.lead("held-1")
	_, err = ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on})
	require.NoError(t, err)

	page := ta.get(base + "/deliveries").Body.String()
	require.Contains(t, readable(page), "1 event is held")
	require.Contains(t, page, `name="next" value="`+base+`/deliveries"`)
	require.Contains(t, bot.page(d), "Send now")
	ta.work()
	back := ta.post(base+"/held/send", url.Values{"next": {base + "/deliveries"}})
	require.Equal(t, base+"/deliveries", back.Header().Get("Location"))
	require.Equal(t, store.Queued, bot.load(d.ID).Status)
	require.Contains(t, readable(ta.get(base+"/deliveries").Body.String()), "1 delivery sent: 1 on its way")
	require.Equal(t, base+"/settings/marketing", ta.post(base+"/held/leave", nil).Header().Get("Location"))
}

func TestViewersReadTheLogAndChangeNothing(t *testing.T) {
	ta := newTestApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.lead("one")
	bot.attempted(answered(401, ""), store.Failed)
	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	for _, path := range []string{"/deliveries", "/deliveries/" + d.ID.String()} {
		page := ta.get(path)
		require.Equal(t, http.StatusOK, page.Code)
		require.NotContains(t, page.Body.String(), "/resend")
		require.NotContains(t, page.Body.String(), "/reveal")
	}
	require.Equal(t, http.StatusForbidden, ta.post("/deliveries/"+d.ID.String()+"/resend", nil).Code)
	require.Equal(t, http.StatusForbidden, ta.post("/deliveries/"+d.ID.String()+"/reveal", nil).Code)
}
