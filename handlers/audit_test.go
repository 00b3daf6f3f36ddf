package handlers

import (
	"encoding/csv"
	"encoding/json"
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

func TestTheAuditLogSaysWhoDidWhatFromWhere(t *testing.T) {
	ta := signedInApp(t)
	require.Equal(t, http.StatusSeeOther, ta.post("/bots", url.Values{"name": {"Quiz"}}).Code)
	ta.invite("tom@acme.example", "editor")
	ta.another().post("/signin", url.Values{"email": {testEmail}, "password": {"wrong"}})

	page := squeezed(ta.get("/audit").Body.String())
	require.Contains(t, page, "<b>"+testEmail+"</b> created the bot “Quiz”")
	require.Contains(t, page, "<b>"+testEmail+"</b> invited tom@acme.example as editor")
	require.Contains(t, page, "<b>Somebody</b> tried to sign in as "+testEmail+" with a wrong password")
	require.Contains(t, page, "<b>"+testEmail+"</b> signed in")
	require.Equal(t, 4, strings.Count(page, `data-label="From">192.0.2.1<`), "each act by a person says from where")
}

func TestTheAuditLogLeadsFromAChangeToWhatItWasAndIs(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	key := store.Key{ID: uuid.New(), Name: "seeding", Role: store.RoleEditor, CreatedBy: store.Actor{Name: testEmail}}
	require.NoError(t, ta.Store.CreateKey(t.Context(), key))
	by := store.Actor{ID: key.ID, Name: key.Name, IP: "192.0.2.7"}
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{By: by, URL: new("https://crm.example.com/hook")})
	require.NoError(t, err)

	page := squeezed(ta.get("/audit").Body.String())
	require.Contains(t, page, `<b>API key seeding</b> changed Webhook URL <a href="/bots/`+bot.ID.String()+`/settings/history">Show in history</a>`)
	require.Contains(t, page, `<td class="ip" data-label="From">192.0.2.7</td>`)

	require.NoError(t, ta.Store.DeleteBot(t.Context(), bot.ID, store.Actor{Name: testEmail}))
	require.NotContains(t, ta.get("/audit").Body.String(), "Show in history", "a deleted bot has no pages")
}

// The address of a filter holds only what was chosen.
func TestTheAddressOfTheAuditLogHasNoEmptyParts(t *testing.T) {
	ta := signedInApp(t)
	for asked, want := range map[string]string{
		"account=&what=&bot=&from=&to=":                "/audit",
		"account=tom&what=&bot=&from=&to=":             "/audit?account=tom",
		"account=&what=Bots":                           "/audit?what=Bots",
		"zone=":                                        "/audit",
		"account=&account=":                            "/audit",
		"account=tom%40acme.example&to=&what=API+keys": "/audit?account=tom%40acme.example&what=API+keys",
	} {
		res := ta.get("/audit?" + asked)
		require.Equal(t, http.StatusSeeOther, res.Code, asked)
		require.Equal(t, want, res.Header().Get("Location"), asked)
	}
	require.Equal(t, http.StatusOK, ta.get("/audit?account=tom").Code)
}

// squeezed is a page with its white space squeezed.
func squeezed(page string) string { return strings.Join(strings.Fields(page), " ") }

// linkOf is where a page's link with this rel leads.
func linkOf(t *testing.T, page, rel string) string {
	t.Helper()
	found := regexp.MustCompile(`href="([^"]+)" rel="` + rel + `"`).FindStringSubmatch(page)
	require.NotEmpty(t, found, rel)
	return html.UnescapeString(found[1])
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	ta := signedInApp(t)
	quiz, other := ta.newBot("Quiz"), ta.newBot("Other")
	ta.clock.Add(time.Hour)
	since := ta.clock.Now()
	for _, bot := range []store.Bot{quiz, other} {
		require.NoError(t, ta.Store.DeleteBot(t.Context(), bot.ID, store.Actor{Name: "tom@acme.example"}))
	}
	for name, c := range map[string]struct {
		query   string
		has     []string
		without []string
	}{
		"who":           {"account=tom@acme.example", []string{"deleted the bot “Quiz”"}, []string{"created the bot", "signed in"}},
		"whom":          {"account=" + testEmail, []string{"created the account", "signed in"}, []string{"the bot"}},
		"what":          {"what=Signing+in", []string{"signed in"}, []string{"the bot", "the account"}},
		"bot":           {"bot=" + quiz.ID.String(), []string{"“Quiz”"}, []string{"“Other”", "signed in"}},
		"from":          {"from=" + url.QueryEscape(since.UTC().Format(time.RFC3339Nano)), []string{"deleted"}, []string{"created", "signed in"}},
		"until":         {"to=" + url.QueryEscape(since.UTC().Format(time.RFC3339Nano)), []string{"created", "signed in"}, []string{"deleted"}},
		"together":      {"what=Bots&account=tom@acme.example&bot=" + other.ID.String(), []string{"deleted the bot “Other”"}, []string{"“Quiz”"}},
		"nothing found": {"account=nobody", []string{"Nothing found"}, []string{"signed in"}},
		"unknown kind":  {"what=x", []string{"Not filtered by this: it must be one of the list.", "signed in"}, nil},
		"no bot":        {"bot=x", []string{"Not filtered by this: it must be a bot.", "signed in"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			page := ta.get("/audit?" + c.query).Body.String()
			_, table, _ := strings.Cut(page, `<form class="filters"`)
			_, table, _ = strings.Cut(table, "</select>") // the acts to choose from
			for _, text := range c.has {
				require.Contains(t, table, text)
			}
			for _, text := range c.without {
				require.NotContains(t, table, text)
			}
		})
	}
}

func TestTheAuditLogIsPaged(t *testing.T) {
	ta := signedInApp(t)
	for range 60 {
		ta.clock.Add(time.Second)
		require.NoError(t, ta.Store.AddAudit(t.Context(), store.AuditEntry{Action: "signout", By: store.Actor{Name: "tom"}}))
	}
	first := ta.get("/audit?account=tom").Body.String()
	require.Equal(t, 50, strings.Count(first, "signed out"))
	older := linkOf(t, first, "next")
	second := ta.get(older).Body.String()
	require.Equal(t, 10, strings.Count(second, "signed out"))
	require.Equal(t, 50, strings.Count(ta.get(linkOf(t, second, "prev")).Body.String(), "signed out"))
	require.Equal(t, "/audit?account=tom", ta.get("/audit?account=tom&cursor=AAAA").Header().Get("Location"))
}

func TestTheAuditLogIsExported(t *testing.T) {
	ta := signedInApp(t)
	ta.newBot("=1+1")
	res := ta.get("/audit/export?format=csv&what=Bots")
	require.Equal(t, `attachment; filename="iozen-audit-`+ta.clock.Now().UTC().Format("2006-01-02")+`.csv"`, res.Header().Get("Content-Disposition"))
	rows, err := csv.NewReader(res.Body).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, "'=1+1", rows[1][5], "no formula")

	lines := strings.Split(strings.TrimSpace(ta.get("/audit/export?format=ndjson").Body.String()), "\n")
	var first auditLine
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &first))
	require.Equal(t, "audit.export", first.Action, "the export itself comes first")
	require.Equal(t, testEmail, first.Who)

	require.Equal(t, http.StatusUnprocessableEntity, ta.get("/audit/export?format=xml").Code)
	require.Equal(t, http.StatusUnprocessableEntity, ta.get("/audit/export?format=csv&bot=x").Code)
}

func TestAnExportHasAllPages(t *testing.T) {
	ta := signedInApp(t)
	for range 450 {
		require.NoError(t, ta.Store.AddAudit(t.Context(), store.AuditEntry{Action: "signout", By: store.Actor{Name: "tom"}}))
	}
	rows, err := csv.NewReader(ta.get("/audit/export?format=csv&account=tom").Body).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 451)
}

func TestAnEmptyExportHasItsHead(t *testing.T) {
	ta := signedInApp(t)
	rows, err := csv.NewReader(ta.get("/audit/export?format=csv&bot=" + uuid.NewString()).Body).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1)
}
