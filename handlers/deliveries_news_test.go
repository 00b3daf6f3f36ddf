package handlers

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAnOpenLogIsBroughtUpToDate(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String() + "/deliveries/news"
	require.Zero(t, rowsOf(ta.get(base).Body.String()))

	first := bot.lead("first")
	alone := ta.get(base).Body.String()
	require.Equal(t, 1, rowsOf(alone), "an empty log gets its first rows")
	require.NotContains(t, alone, "new deliver")

	bot.attempted(answered(200, ""), store.Delivered)
	second := bot.lead("second")
	other := ta.newLogBot("Other").lead("other")
	news := ta.get(base + "?shown=" + first.ID.String() + "," + other.ID.String()).Body.String()
	require.Equal(t, 1, rowsOf(news), "the rows that are shown, as they are now, and none of another bot")
	require.Contains(t, news, "Delivered")
	require.Contains(t, news, "1 new delivery · Show")
	require.NotContains(t, ta.get(base+"?shown="+first.ID.String()+"&status=failed").Body.String(), "new deliver", "the filter counts")

	both := first.ID.String() + "," + second.ID.String()
	require.NotContains(t, ta.get(base+"?shown="+both).Body.String(), "new deliver")
	all := ta.get("/deliveries/news?shown=" + both).Body.String()
	require.Contains(t, all, "1 new delivery · Show")
	require.Contains(t, all, `<td class="bot" title="Quiz">Quiz</td>`)
	require.Contains(t, ta.get("/deliveries").Body.String(), `name="next" value="/deliveries"`, "buttons lead back to the log")
}

func TestWhatIsFresh(t *testing.T) {
	ids := make([]uuid.UUID, 5) // the newest first
	for i := range ids {
		ids[i] = uuid.UUID{byte(5 - i)}
	}
	page := func(more bool, ids ...uuid.UUID) store.DeliveryPage {
		var p store.DeliveryPage
		for _, id := range ids {
			p.Deliveries = append(p.Deliveries, store.Delivery{ID: id})
		}
		if more {
			p.Next = "more"
		}
		return p
	}
	for name, c := range map[string]struct {
		newest store.DeliveryPage
		shown  []uuid.UUID
		want   string
	}{
		"nothing":                    {page(false, ids[1:]...), ids[1:], ""},
		"one":                        {page(false, ids...), ids[1:], "1 new delivery"},
		"two":                        {page(false, ids...), ids[2:], "2 new deliveries"},
		"one between those shown":    {page(false, ids[1:]...), []uuid.UUID{ids[1], ids[3], ids[4]}, "1 new delivery"},
		"an older one that moved up": {page(false, ids[1], ids[4]), []uuid.UUID{ids[1], ids[3]}, ""},
		"more than a page, of which none is shown": {page(true, ids[:2]...), ids[2:], "2+ new deliveries"},
	} {
		require.Equal(t, c.want, freshWords(c.newest, c.shown), name)
	}
}

func TestShownIDsAreReadOrLeftOut(t *testing.T) {
	id := uuid.New()
	require.Equal(t, []uuid.UUID{id}, shownIDs(id.String()+",x,"))
	require.Empty(t, shownIDs(""))
	require.Len(t, shownIDs(strings.Repeat(id.String()+",", 3)), 3)
}
