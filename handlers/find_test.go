package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var foundLink = regexp.MustCompile(`(?s)<a role="option"[^>]*href="([^"]*)"[^>]*>.*?<span>([^<]*)</span>\s*(?:<small>([^<]*)</small>)?`)

// found is what a search offers, as "text · more" by the address that it leads to.
func (ta *testApp) found(query string) map[string]string {
	ta.t.Helper()
	items := map[string]string{}
	for _, m := range foundLink.FindAllStringSubmatch(ta.fragment("/find?"+query), -1) {
		items[html.UnescapeString(m[1])] = strings.TrimSuffix(html.UnescapeString(m[2]+" · "+m[3]), " · ")
	}
	return items
}

func q(text string) string { return url.Values{"q": {text}}.Encode() }

func TestTheLastWordsNameAPageOfABot(t *testing.T) {
	usual := "Deliveries, Settings"
	for typed, want := range map[string]string{
		"":                     usual,
		"roof":                 "roof: " + usual,
		"Roofing quote bot":    "Roofing quote bot: " + usual,
		"roof settings":        "roof: Settings",
		"roof SET":             "roof: Settings",
		"roof deliveries":      "roof: Deliveries",
		"roof d":               "roof: Deliveries, Developer",
		"roof dev":             "roof: Developer",
		"roof history":         "roof: History",
		"roof general":         "roof: General",
		"roof quote history":   "roof quote: History",
		"  roof   history  ":   "roof: History",
		"settings":             "settings: " + usual,
		"history":              "history: " + usual,
		"settings settings":    "settings: Settings",
		"roof ettings":         "roof ettings: " + usual,
		"roof set tings":       "roof set tings: " + usual,
		"roof settingsx":       "roof settingsx: " + usual,
		"settings roof":        "settings roof: " + usual,
		"Dächer & Söhne set":   "Dächer & Söhne: Settings",
		"100% roof general":    "100% roof: General",
		"roof history history": "roof history: History",
	} {
		name, pages := botAndPages(typed)
		var titles []string
		for _, p := range pages {
			titles = append(titles, p.text)
		}
		require.Equal(t, want, strings.TrimPrefix(name+": "+strings.Join(titles, ", "), ": "), typed)
	}
}

func TestEachOfSeveralEndpointsIsFound(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	first, second := "/bots/"+bot.ID.String()+"/settings/marketing", "/bots/"+bot.ID.String()+"/webhooks/2/settings/marketing"
	require.Equal(t, "Quiz · Settings", ta.found(q("qui"))[first])
	slack := bot.endpoint("Slack")
	for _, query := range []string{q("qui"), q("quiz settings"), q(bot.ID.String()), "bot=" + bot.ID.String()} {
		items := ta.found(query)
		require.Equal(t, "Quiz · Endpoint 1 · Settings", items[first], query)
		require.Equal(t, "Quiz · Slack · Settings", items[second], query)
	}
	require.NoError(t, ta.Store.DeleteWebhook(t.Context(), slack, store.Actor{}))
	items := ta.found(q("qui"))
	require.Equal(t, "Quiz · Settings", items[first])
	require.NotContains(t, items, second)
}

func TestWhatIsFoundIsWhatARoleMayOpen(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Roofing quote bot")
	for role, forbidden := range map[store.Role][]string{
		store.RoleOwner:  nil,
		store.RoleEditor: {"/keys", "/accounts", "/audit"},
		store.RoleViewer: {"/keys", "/accounts", "/audit", "/bots/new", "/people", "/bots/" + bot.ID.String() + "/settings/copy"},
	} {
		t.Run(string(role), func(t *testing.T) {
			email := string(role) + "@acme.example"
			ta.account(email, role)
			as := ta.another()
			as.signInAs(email)
			items := as.found("bot=" + bot.ID.String())
			require.Len(t, items, len(menuPages)+len(botPages)-len(forbidden))
			for address := range items {
				require.Equal(t, http.StatusOK, as.get(address).Code, address)
			}
			for _, address := range forbidden {
				require.NotContains(t, items, address)
				require.Equal(t, http.StatusForbidden, as.get(address).Code, address)
			}
		})
	}
}

func TestPagesAreFoundByTheWordsThatPeopleHaveForThem(t *testing.T) {
	ta := signedInApp(t)
	ta.newBot("Roofing quote bot")
	for typed, page := range map[string]string{
		"audit": "/audit", "audit log": "/audit", "log aud": "/audit", "KEYS": "/keys", "api": "/keys", "api ref": "/help/api", "openapi": "/help/api",
		"zapier": "/help/recipes", "gdpr": "/people", "password": "/account", "shortcuts": "/help/shortcuts", "csv": "/help/export",
		"errors": "/help/troubleshooting", "team": "/accounts", "retention": "/workspace", "notif": "/workspace", "new": "/bots/new", "deliv": "/deliveries",
		"log": "/deliveries", "help": "/help", "custom web": "/help/webhooks", "home": "/",
	} {
		require.Contains(t, ta.found(q(typed)), page, typed)
	}
	for _, typed := range []string{"udit", "audit roofing", "keyss", "zapier audit"} {
		for address := range ta.found(q(typed)) {
			require.Contains(t, address, "/deliveries?q=", typed)
		}
	}
}

func TestBotsAreFoundByNameAFewAtATime(t *testing.T) {
	ta := signedInApp(t)
	var last store.Bot
	for i := range 2 * findBots {
		ta.clock.Add(time.Millisecond)
		last = ta.newBot(fmt.Sprintf("Roof %d 100%% <b>", i))
	}
	ta.newBot("Kitchen")
	items := ta.found(q("roof"))
	require.Len(t, items, 2*findBots+1)
	address := "/bots/" + last.ID.String()
	require.Equal(t, last.Name+" · Deliveries", items[address+"/deliveries"])
	require.Equal(t, last.Name+" · Settings", items[address+"/settings/marketing"])
	require.Equal(t, map[string]string{
		address + "/settings/history":                                 last.Name + " · History",
		"/deliveries?" + q(fmt.Sprintf("Roof %d hist", 2*findBots-1)): fmt.Sprintf("Search deliveries for “Roof %d hist” · Needs the complete email, phone or ID", 2*findBots-1),
	}, ta.found(q(fmt.Sprintf("Roof %d hist", 2*findBots-1))))
	for _, typed := range []string{"%", "_", "'", `\`, "<b>", strings.Repeat("é", 500), "\x00\xff", "?q=&bot="} {
		require.Equal(t, http.StatusOK, ta.get("/find?"+q(typed)).Code, typed)
	}
	require.Len(t, ta.found(q("100%")), 2*findBots+1)
}

func TestWhateverHasAnIDIsFoundByIt(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Roofing quote bot")
	d := bot.lead("evt_1")
	delivery := "/deliveries/" + d.ID.String()
	require.Equal(t, "Lead · Roofing quote bot", ta.found(q(d.ID.String()))[delivery])
	require.Equal(t, "Lead · Roofing quote bot", ta.found(q(" " + strings.ToUpper(d.ID.String()) + " "))[delivery])
	require.Equal(t, "Roofing quote bot · Settings", ta.found(q(bot.ID.String()))["/bots/"+bot.ID.String()+"/settings/marketing"])
	for _, typed := range []string{"evt_1", "jane@example.com", "+1 (555) 123-4567", uuid.NewString()} {
		items := ta.found(q(typed))
		require.Len(t, items, 1, typed)
		for address := range items {
			require.Equal(t, "/deliveries?"+q(typed), address)
			require.Equal(t, http.StatusOK, ta.get(address).Code)
		}
	}
	require.Contains(t, ta.get("/deliveries?"+q("evt_1")).Body.String(), delivery)
	require.NoError(t, ta.Store.DeleteBot(t.Context(), bot.ID, store.Actor{}))
	for _, id := range []uuid.UUID{d.ID, bot.ID} {
		require.Len(t, ta.found(q(id.String())), 1, "what was deleted is not found")
	}
	require.NotContains(t, ta.found("bot="+bot.ID.String()), "/bots/"+bot.ID.String()+"/deliveries")
}

func TestSearchIsAPageWithoutJavaScript(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	page := ta.get("/find?q=roof").Body.String()
	require.Contains(t, page, `<a href="/bots/`+bot.ID.String()+`/deliveries">`)
	require.Contains(t, page, `value="roof"`)
	require.NotContains(t, page, `role="option"`)
	require.Contains(t, ta.get("/").Body.String(), `href="/find"`)
}

func TestShortcutsAreInTheHelp(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/help/shortcuts").Body.String()
	for _, words := range []string{"Keyboard shortcuts", "<kbd>Ctrl K</kbd>", "<kbd>J</kbd>", "Open the delivery beside the list"} {
		require.Contains(t, page, words)
	}
	require.Contains(t, ta.get("/help").Body.String(), `href="/help/shortcuts"`)
	require.NotContains(t, ta.fragment("/help/shortcuts"), "<html")
}
