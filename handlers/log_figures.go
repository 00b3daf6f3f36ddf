package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// Figures of a log are its chart and the counts of its statuses. They follow every filter. A page looks at few rows for them,
// which tell all of most logs; for a longer one the page asks again once it is there, and then more rows are looked at. What
// is not looked at is said ("10,000+"), or comes from the stored counters where those know the filter.
const (
	looksOfPage  = 250
	looksOfChart = 10_000
)

// figures are read for one filter.
type figures struct {
	counted  store.DeliveryTally // all that the filter shows, whatever its status
	troubled store.DeliveryTally // those of them that were not delivered, where counted is not whole
	drawn    store.DeliveryTally // what the chart shows: the statuses that are chosen, over the chart's whole time
	counters []store.HourCount   // where they know the filter and drawn is not whole
	span     chartSpan
	limit    int
}

// troubledStatuses are all that an index of their own leads to.
var troubledStatuses = []store.Status{store.Retrying, store.Failed, store.Held, store.Skipped}

func (a *app) figures(ctx context.Context, asked url.Values, f store.DeliveryFilter, limit int, now time.Time) (g figures, err error) {
	any := f
	any.Status = nil
	g.limit = limit
	if g.counted, err = a.Store.TallyDeliveries(ctx, any, limit); err != nil {
		return g, err
	}
	if !g.counted.Whole() {
		any.Status = troubledStatuses
		if g.troubled, err = a.Store.TallyDeliveries(ctx, any, limit); err != nil {
			return g, err
		}
	}
	g.span = g.spanOf(asked, f, now)
	drawn := f
	drawn.From, drawn.To = g.span.begin(now), time.Time{}
	if !g.span.start.IsZero() {
		drawn.To = g.span.end(now)
	}
	if g.drawn, err = a.Store.TallyDeliveries(ctx, drawn, limit); err != nil {
		return g, err
	}
	if !g.drawn.Whole() && countersKnow(f, g.span) {
		if g.counters, err = a.countersOf(ctx, f, g.span.begin(now), now.Add(time.Hour)); err != nil {
			return g, fmt.Errorf("read counters: %w", err)
		}
	}
	return g, nil
}

// spanOf is the span of the range that was chosen, or else the shortest in which something happened.
func (g figures) spanOf(asked url.Values, f store.DeliveryFilter, now time.Time) chartSpan {
	if s, ok := chartSpans[asked.Get("range")]; ok {
		return s
	}
	if marks := g.counted.Marks; f.From.IsZero() && f.To.IsZero() && g.counted.Whole() && len(marks) > 0 && now.Sub(marks[0].At) > 24*time.Hour {
		f.From = marks[len(marks)-1].At
	}
	return spanOf(f, now)
}

// countersKnow says whether the stored counters, which are of hours, know what a filter shows.
func countersKnow(f store.DeliveryFilter, s chartSpan) bool {
	return (f.Webhook == 0 || f.BotID != uuid.Nil) && len(f.Status) == 0 && f.EventName == "" && f.Test == nil && f.Code == "" && f.Query == "" && s.column%time.Hour == 0 && s.start.IsZero()
}

// countersOf are those of what a filter is for: all bots, one, or one of its webhooks.
func (a *app) countersOf(ctx context.Context, f store.DeliveryFilter, from, to time.Time) ([]store.HourCount, error) {
	if f.Webhook != 0 {
		return a.Store.WebhookHours(ctx, store.WebhookID{BotID: f.BotID, N: f.Webhook}, from, to)
	}
	return a.Store.HourCounts(ctx, f.BotID, from, to)
}

// count counts the deliveries of some statuses; more says that there may be others.
func (g figures) count(of func(store.DeliveryMark) bool) (n int, more bool) {
	t := g.counted
	if !t.Whole() {
		t = g.troubled
	}
	return countMarks(t.Marks, of), !t.Whole()
}

func countMarks(marks []store.DeliveryMark, of func(store.DeliveryMark) bool) (n int) {
	for _, m := range marks {
		if of(m) {
			n++
		}
	}
	return n
}

// later says whether more would be known if more were looked at.
func (g figures) later() bool {
	return g.limit < looksOfChart && !(g.counted.Whole() && g.drawn.Whole())
}

// countWords write a count; "" while it is not known.
func (g figures) countWords(n int, more bool) string {
	switch {
	case !more:
		return ui.Number(n)
	case g.limit < looksOfChart:
		return ""
	}
	return ui.Number(n) + "+"
}

// statusChip is one choice of the row of statuses.
type statusChip struct {
	text     string
	kind     ui.Kind
	statuses []store.Status
	always   bool
}

var statusChips = []statusChip{
	{"Delivered", ui.OK, []store.Status{store.Delivered}, true},
	{"Retrying", ui.Warn, []store.Status{store.Retrying}, true},
	{"Failed", ui.Bad, []store.Status{store.Failed}, true},
	{"Held", ui.Muted, []store.Status{store.Held}, true},
	{"Sending", ui.Muted, []store.Status{store.Queued, store.Sending}, false},
	{"Not sent", ui.Muted, []store.Status{store.Skipped}, false},
}

// chips are the statuses with their counts, as links that choose or leave them.
func (g figures) chips(path string, asked url.Values, f store.DeliveryFilter) []views.StatusChip {
	all, more := len(g.counted.Marks), !g.counted.Whole()
	chips := []views.StatusChip{{ID: "all", Text: "All", Count: g.countWords(all, more), Chosen: len(f.Status) == 0, URL: filterURL(path, asked, "status")}}
	for _, c := range statusChips {
		of := func(m store.DeliveryMark) bool { return slices.Contains(c.statuses, m.Status) }
		n, more := g.count(of)
		if !g.counted.Whole() && !slices.Contains(troubledStatuses, c.statuses[0]) {
			n, more = countMarks(g.counted.Marks, of), true
		}
		chosen := slices.ContainsFunc(c.statuses, f.Shows)
		if !c.always && n == 0 && !chosen {
			continue
		}
		chips = append(chips, views.StatusChip{
			ID: string(c.statuses[0]), Text: c.text, Kind: c.kind, Count: g.countWords(n, more), Chosen: chosen,
			URL: filterURL(path, asked, "status", toggled(f.Status, c.statuses, chosen)...),
		})
	}
	return chips
}

// toggled adds statuses to those that are chosen, or takes them away.
func toggled(chosen, statuses []store.Status, are bool) (values []string) {
	for _, s := range chosen {
		if !slices.Contains(statuses, s) {
			values = append(values, string(s))
		}
	}
	if !are {
		for _, s := range statuses {
			values = append(values, string(s))
		}
	}
	return values
}

// filterURL is the address of the first page of a list with one part of the filter changed.
func filterURL(path string, asked url.Values, name string, values ...string) string {
	changed := without(asked, name)
	changed[name] = values
	return pageURL(path, changed, "") + "#log"
}

// resend is the button that leads to a resend of all that the filter shows, where there is something to send: of the statuses
// that a resend takes, those that occur.
func (g figures) resend(f store.DeliveryFilter) (label string, statuses []string) {
	var occur []store.Status
	sum, unsure := 0, false
	for _, s := range resendStatuses(f) {
		n, more := g.count(func(m store.DeliveryMark) bool { return m.Resends && m.Status == s })
		if n > 0 {
			occur, statuses = append(occur, s), append(statuses, string(s))
		}
		sum, unsure = sum+n, unsure || more
	}
	what := resendWhat(occur)
	switch {
	case sum == 0:
		return "", nil
	case unsure:
		return "Resend " + what + "…", statuses
	}
	return "Resend " + ui.Number(sum) + " " + strings.TrimSuffix(what, " deliveries") + "…", statuses
}

// resendStatuses are the statuses that a resend of all takes: the chosen ones, or else all that did not get through.
func resendStatuses(f store.DeliveryFilter) []store.Status {
	if len(f.Status) == 0 {
		f.Status = []store.Status{store.Failed, store.Retrying}
	}
	return f.ForResend().Status
}

// botFigures and allFigures are the figures by themselves: for a page that could not wait for them, and for news. The address is
// the log's own.
func (a *app) botFigures(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.renderFigures(c, bot.ID)
}

func (a *app) allFigures(c echo.Context) error { return a.renderFigures(c, uuid.Nil) }

func (a *app) renderFigures(c echo.Context, botID uuid.UUID) error {
	asked := c.QueryParams()
	asked.Del("cursor")
	filter, _ := pageFilter(asked, botID, a.Now())
	page := views.DeliveriesPage{BotID: idOrNone(botID), Editable: mayEdit(c)}
	page.Filter.Action = logURL(page.BotID)
	if err := a.addFigures(c.Request().Context(), &page, asked, filter, looksOfChart); err != nil {
		return err
	}
	return a.render(c, http.StatusOK, views.LogFigures(page))
}

// addFigures adds the chart, the counts and the way to a resend.
func (a *app) addFigures(ctx context.Context, page *views.DeliveriesPage, asked url.Values, f store.DeliveryFilter, limit int) error {
	now := a.Now()
	g, err := a.figures(ctx, asked, f, limit, now)
	if err != nil {
		return err
	}
	path := page.Filter.Action
	page.Chart = g.chart(asked, f, path, now)
	page.Chart.Later = g.later()
	page.Statuses = g.chips(path, asked, f)
	if page.Editable {
		var statuses []string
		page.ResendLabel, statuses = g.resend(f)
		page.ResendURL, _, _ = strings.Cut(filterURL(path+"/resend", asked, "status", statuses...), "#")
	}
	return nil
}
