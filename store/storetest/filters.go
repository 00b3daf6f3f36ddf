package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var filterRules = map[string]func(*testing.T, Open){
	"each filter selects what it says, of one bot and of all": filterEach,
	"filters are all in force at once":                        filterTogether,
	"and page both ways":                                      filterPaged,
	"times are the moments of acceptance":                     filterTimes,
	"event names are those that came in":                      filterEventNames,
	"what they show is tallied, as far as was looked":         filterTallied,
}

// variety makes one delivery of each kind, named by its event id.
func (b *bundle) variety() {
	b.t.Helper()
	for _, c := range []struct {
		id, name string
		end      func(*bundle, store.Claim) store.Settlement
	}{
		{"ok", "Lead", delivered},
		{"unauthorised", "Lead", func(b *bundle, c store.Claim) store.Settlement { return failed(b, c, 401) }},
		{"broken", "FieldConversion", func(b *bundle, c store.Claim) store.Settlement { return retrying(b, c, 503, time.Hour) }},
		{"silent", "Lead", func(b *bundle, c store.Claim) store.Settlement { return failed(b, c, 0) }},
		{"under way", "Purchase", nil},
	} {
		b.clock.Add(time.Second)
		b.accept(b.event(c.id, named(c.name)))
		if claim := b.claimOne(); c.end != nil {
			b.settle(c.end(b, claim))
		}
	}
	b.clock.Add(time.Second)
	d, a := b.testEvent(b.webhook().Version, 200)
	d.EventID = "tested"
	require.NoError(b.t, b.RecordTest(b.ctx(), d, a))
	b.clock.Add(time.Second)
	b.accept(b.event("waits", named("FieldConversion")))
	b.clock.Add(time.Second)
	b.save(store.WebhookChange{EventNames: &[]string{"Lead"}})
	b.accept(b.event("unchosen", named("Purchase")))
	b.clock.Add(time.Second)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.event("held"))
}

// eventIDs are those of a list, newest first.
func eventIDs(deliveries []store.Delivery) []string {
	ids := []string{}
	for _, d := range deliveries {
		ids = append(ids, d.EventID)
	}
	return ids
}

func filterEach(t *testing.T, open Open) {
	b := setup(t, open)
	b.variety()
	other := b.newBot("another")
	b.acceptFor(other, b.event("elsewhere"))
	for name, c := range map[string]struct {
		filter store.DeliveryFilter
		want   []string
	}{
		"all":              {store.DeliveryFilter{}, []string{"held", "unchosen", "waits", "tested", "under way", "silent", "broken", "unauthorised", "ok"}},
		"delivered":        {store.DeliveryFilter{Status: []store.Status{store.Delivered}}, []string{"tested", "ok"}},
		"queued":           {store.DeliveryFilter{Status: []store.Status{store.Queued}}, []string{"waits"}},
		"sending":          {store.DeliveryFilter{Status: []store.Status{store.Sending}}, []string{"under way"}},
		"retrying, failed": {store.DeliveryFilter{Status: []store.Status{store.Retrying, store.Failed}}, []string{"silent", "broken", "unauthorised"}},
		"held":             {store.DeliveryFilter{Status: []store.Status{store.Held}}, []string{"held"}},
		"skipped":          {store.DeliveryFilter{Status: []store.Status{store.Skipped}}, []string{"unchosen"}},
		"no such status":   {store.DeliveryFilter{Status: []store.Status{"lost"}}, []string{}},
		"event name":       {store.DeliveryFilter{EventName: "FieldConversion"}, []string{"waits", "broken"}},
		"no such name":     {store.DeliveryFilter{EventName: "fieldconversion"}, []string{}},
		"tests":            {store.DeliveryFilter{Test: new(true)}, []string{"tested"}},
		"no tests":         {store.DeliveryFilter{Test: new(false)}, []string{"held", "unchosen", "waits", "under way", "silent", "broken", "unauthorised", "ok"}},
		"code 401":         {store.DeliveryFilter{Code: "401"}, []string{"unauthorised"}},
		"code 2xx":         {store.DeliveryFilter{Code: "2xx"}, []string{"tested", "ok"}},
		"code 4xx":         {store.DeliveryFilter{Code: "4xx"}, []string{"unauthorised"}},
		"code 5xx":         {store.DeliveryFilter{Code: "5xx"}, []string{"broken"}},
		"no answer":        {store.DeliveryFilter{Code: "none"}, []string{"silent"}},
		"code 418":         {store.DeliveryFilter{Code: "418"}, []string{}},
		"code nonsense":    {store.DeliveryFilter{Code: "nonsense"}, []string{}},
	} {
		f := c.filter
		f.BotID = b.bot
		require.Equal(t, c.want, eventIDs(b.list(f)), name)
		f.BotID = other
		require.NotContains(t, eventIDs(b.list(f)), "ok", name)
		got := []string{}
		for _, id := range eventIDs(b.list(c.filter)) {
			if id != "elsewhere" {
				got = append(got, id)
			}
		}
		require.Equal(t, c.want, got, "%s, all bots", name)
	}
}

func filterTogether(t *testing.T, open Open) {
	b := setup(t, open)
	b.variety()
	f := store.DeliveryFilter{
		BotID: b.bot, Status: []store.Status{store.Failed, store.Delivered}, EventName: "Lead", Test: new(false), Code: "4xx",
		From: began, To: b.clock.Now(), Query: "unauthorised",
	}
	require.Equal(t, []string{"unauthorised"}, eventIDs(b.list(f)))
	for name, change := range map[string]func(*store.DeliveryFilter){
		"status": func(f *store.DeliveryFilter) { f.Status = []store.Status{store.Queued} },
		"name":   func(f *store.DeliveryFilter) { f.EventName = "Purchase" },
		"test":   func(f *store.DeliveryFilter) { f.Test = new(true) },
		"code":   func(f *store.DeliveryFilter) { f.Code = "403" },
		"from":   func(f *store.DeliveryFilter) { f.From = b.clock.Now() },
		"to":     func(f *store.DeliveryFilter) { f.To = began },
		"query":  func(f *store.DeliveryFilter) { f.Query = "ok" },
	} {
		other := f
		change(&other)
		require.Empty(t, b.list(other), name)
	}
}

func filterPaged(t *testing.T, open Open) {
	b := setup(t, open)
	b.fill(9)
	for i, c := range b.claim(9).Claims {
		switch i % 3 {
		case 0:
			b.settle(delivered(b, c))
		case 1:
			b.settle(failed(b, c, 500))
		}
	}
	for name, f := range map[string]store.DeliveryFilter{
		"one status":   {BotID: b.bot, Status: []store.Status{store.Failed}},
		"two statuses": {BotID: b.bot, Status: []store.Status{store.Failed, store.Delivered}},
		"all bots":     {Status: []store.Status{store.Failed, store.Sending}},
		"code":         {BotID: b.bot, Code: "5xx"},
		"event name":   {BotID: b.bot, EventName: "Lead"},
	} {
		want := idsOf(b.list(f))
		require.NotEmpty(t, want, name)
		f.Limit = 2
		pages := []store.DeliveryPage{b.page(f)}
		got := idsOf(pages[0].Deliveries)
		for next := pages[0].Next; next != ""; next = pages[len(pages)-1].Next {
			f.Cursor = next
			pages = append(pages, b.page(f))
			got = append(got, idsOf(pages[len(pages)-1].Deliveries)...)
		}
		require.Equal(t, want, got, name)
		for i := len(pages) - 1; i > 0; i-- {
			f.Cursor = pages[i].Prev
			require.Equal(t, idsOf(pages[i-1].Deliveries), idsOf(b.page(f).Deliveries), "%s, back to page %d", name, i-1)
		}
	}
}

func filterTimes(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.event("first"))
	b.clock.Add(time.Minute)
	b.accept(b.event("second"))
	for _, c := range []struct {
		from, to time.Time
		want     []string
	}{
		{began, time.Time{}, []string{"second", "first"}},
		{began.Add(time.Millisecond), time.Time{}, []string{"second"}},
		{time.Time{}, began.Add(time.Minute), []string{"first"}},
		{began, began, []string{}},
	} {
		require.Equal(t, c.want, eventIDs(b.list(store.DeliveryFilter{From: c.from, To: c.to})), "%s to %s", c.from, c.to)
	}
}

func filterEventNames(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.event("1", named("Purchase")), b.event("2"), b.event("3", named("FieldConversion")), b.event("4"))
	names, err := b.EventNames(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, []string{"FieldConversion", "Lead", "Purchase"}, names)
	other := b.newBot("another")
	b.acceptFor(other, b.event("5", named("Signup")))
	names, err = b.EventNames(b.ctx(), [16]byte{})
	require.NoError(t, err)
	require.Equal(t, []string{"FieldConversion", "Lead", "Purchase", "Signup"}, names)
	names, err = b.EventNames(b.ctx(), b.newBot("idle"))
	require.NoError(t, err)
	require.Empty(t, names)
}

// tallied counts a tally by status.
func tallied(t store.DeliveryTally) map[store.Status]int {
	counts := map[store.Status]int{}
	for _, m := range t.Marks {
		counts[m.Status]++
	}
	return counts
}

func filterTallied(t *testing.T, open Open) {
	b := setup(t, open)
	b.variety()
	gone := b.newBot("gone")
	b.acceptFor(gone, b.event("of a deleted bot"))
	require.NoError(t, b.DeleteBot(b.ctx(), gone, maria))
	all := map[store.Status]int{store.Held: 1, store.Skipped: 1, store.Queued: 1, store.Delivered: 2, store.Sending: 1, store.Failed: 2, store.Retrying: 1}
	for name, c := range map[string]struct {
		filter store.DeliveryFilter
		want   map[store.Status]int
	}{
		"all":         {store.DeliveryFilter{}, all},
		"a status":    {store.DeliveryFilter{Status: []store.Status{store.Failed, store.Held}}, map[store.Status]int{store.Failed: 2, store.Held: 1}},
		"an event":    {store.DeliveryFilter{EventName: "FieldConversion"}, map[store.Status]int{store.Queued: 1, store.Retrying: 1}},
		"tests":       {store.DeliveryFilter{Test: new(true)}, map[store.Status]int{store.Delivered: 1}},
		"a code":      {store.DeliveryFilter{Code: "4xx"}, map[store.Status]int{store.Failed: 1}},
		"a search":    {store.DeliveryFilter{Query: "broken"}, map[store.Status]int{store.Retrying: 1}},
		"a time":      {store.DeliveryFilter{From: began, To: began.Add(1500 * time.Millisecond)}, map[store.Status]int{store.Delivered: 1}},
		"a cursor":    {store.DeliveryFilter{Cursor: b.page(store.DeliveryFilter{BotID: b.bot, Limit: 2}).Next}, all},
		"no such one": {store.DeliveryFilter{EventName: "none"}, map[store.Status]int{}},
	} {
		for _, bot := range []uuid.UUID{b.bot, uuid.Nil} {
			f := c.filter
			f.BotID = bot
			got, err := b.TallyDeliveries(b.ctx(), f, 100)
			require.NoError(t, err, name)
			require.True(t, got.Whole(), name)
			require.Equal(t, c.want, tallied(got), name)
		}
	}
	newest, err := b.TallyDeliveries(b.ctx(), store.DeliveryFilter{BotID: b.bot}, 3)
	require.NoError(t, err)
	require.False(t, newest.Whole())
	require.Equal(t, map[store.Status]int{store.Held: 1, store.Skipped: 1, store.Queued: 1}, tallied(newest))
	require.Equal(t, newest.Marks[2].At, newest.SearchedTo)
	few, err := b.TallyDeliveries(b.ctx(), store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Failed}}, all[store.Failed])
	require.NoError(t, err)
	require.True(t, few.Whole(), "exactly as many as were looked at")
	some, err := b.TallyDeliveries(b.ctx(), store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Delivered}}, 100)
	require.NoError(t, err)
	require.True(t, some.Marks[1].Answered)
	require.Equal(t, []bool{false, true}, []bool{some.Marks[0].Resends, some.Marks[1].Resends}, "a test is never resent")
	require.Equal(t, 92*time.Millisecond, some.Marks[1].Duration)
}
