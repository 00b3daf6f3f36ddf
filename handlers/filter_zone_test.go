package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/views"
)

func TestTimesOfAFilterAreInTheZoneOfTheAddress(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for query, want := range map[string]struct{ from, to string }{
		"from=2026-03-05T12:00":                                                         {"2026-03-05T12:00:00Z", ""},
		"from=2026-03-05T12:00&zone=":                                                   {"2026-03-05T12:00:00Z", ""},
		"from=2026-03-05T12:00&zone=UTC":                                                {"2026-03-05T12:00:00Z", ""},
		"from=2026-03-05T12:00&zone=Europe/Berlin":                                      {"2026-03-05T11:00:00Z", ""},
		"from=2026-07-05T12:00:30&zone=Europe/Berlin":                                   {"2026-07-05T10:00:30Z", ""},
		"from=2026-07-05T12:00&to=2026-07-05T12:30&zone=America/Argentina/Buenos_Aires": {"2026-07-05T15:00:00Z", "2026-07-05T15:30:00Z"},
		"to=2026-03-05T12:00&zone=Asia/Kathmandu":                                       {"", "2026-03-05T06:15:00Z"},
		"to=2026-03-05T12:00&zone=Etc/GMT%2B3":                                          {"", "2026-03-05T15:00:00Z"},
		"from=2026-03-05T12:00:00Z&zone=Europe/Berlin":                                  {"2026-03-05T12:00:00Z", ""}, // says its zone itself
		"from=2026-03-05T12:00:00-05:00&zone=Europe/Berlin":                             {"2026-03-05T17:00:00Z", ""},
		"zone=Europe/Berlin":                                                            {"", ""},
	} {
		asked, err := url.ParseQuery(query)
		require.NoError(t, err)
		given := url.Values{}
		for name, values := range asked {
			given[name] = append([]string{}, values...)
		}
		f, problems := pageFilter(asked, uuid.Nil, now)
		require.Empty(t, problems, query)
		require.Equal(t, given, asked, "the address stays what it is")
		require.Equal(t, want.from, exactly(f.From), query)
		require.Equal(t, want.to, exactly(f.To), query)
		audit, problems := auditFilter(asked)
		require.Empty(t, problems, query)
		require.True(t, f.From.Equal(audit.From) && f.To.Equal(audit.To), query)
		times := filterTimes(asked)
		require.Equal(t, want.from, times.FromAt)
		require.Equal(t, want.to, times.ToAt)
	}
}

func exactly(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func TestAZoneThatIsNotKnownDoesNotWidenTheFilterSilently(t *testing.T) {
	for _, zone := range []string{"Local", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "europe/berlin ", "Europe/../UTC", "+01:00", "A/B/C/D", "\x00"} {
		asked := url.Values{"from": {"2026-03-05T12:00"}, "zone": {zone}}
		f, problems := pageFilter(asked, uuid.Nil, time.Now())
		require.Equal(t, []FieldError{{"/from", "must be in a time zone that this server knows"}}, problems, zone)
		require.Zero(t, f.From)
		require.Equal(t, views.FilterTimes{Zone: "UTC"}, filterTimes(asked), zone)
	}
}

func TestTheBoxesSayTheirZone(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("lead-1")
	for _, page := range []string{"/deliveries", "/bots/" + bot.ID.String() + "/deliveries", "/audit"} {
		plain := ta.get(page).Body.String()
		require.Contains(t, plain, `From (<span data-zone>UTC</span>)`, page)
		require.Contains(t, plain, `name="zone" value="UTC" disabled`, "without JavaScript nothing is sent, and nothing sent is UTC")
		local := ta.get(page + "?from=2026-03-05T12:00&zone=Europe/Berlin").Body.String()
		require.Contains(t, local, `Until (<span data-zone>Europe/Berlin</span>)`)
		require.Contains(t, local, `value="2026-03-05T12:00" data-instant="2026-03-05T11:00:00Z"`)
		require.Contains(t, ta.get(page+"?from=2026-03-05T11:00:00Z&zone=Europe/Berlin").Body.String(), `value="2026-03-05T12:00"`)
		require.Contains(t, local, "Clear filters")
		require.NotContains(t, ta.get(page+"?zone=Europe/Berlin").Body.String(), "Clear filters", "a zone alone chooses nothing")
	}
}

func TestAnExportKeepsTheZoneOfItsTimes(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("lead-1")
	local := ta.clock.Now().In(time.FixedZone("", 9*3600)).Add(time.Minute).Format(boxLayout + ":05")
	query := "&from=" + url.QueryEscape(local)
	require.Len(t, rowsOfCSV(t, ta.get("/deliveries/export?format=csv"+query+"&zone=Asia/Tokyo").Body.String()), 0, "after the event")
	require.Contains(t, ta.get("/deliveries?zone=Asia/Tokyo"+query).Body.String(), `name="zone" value="Asia/Tokyo"`)
	require.Equal(t, http.StatusSeeOther, ta.get("/deliveries/export?format=csv&zone=Nowhere"+query).Code, "what is not understood does not widen an export")
}
