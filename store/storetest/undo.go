package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var undoRules = map[string]func(*testing.T, Open){
	"an edit in several saves is undone as one":       undoWhole,
	"the next stay in the field is another edit":      undoRun,
	"each field comes back as it was":                 undoFields,
	"what was undone can be done again":               undoTwice,
	"the next change of anyone ends it":               undoEnded,
	"another page has nothing to undo":                undoElsewhere,
	"what was typed back needs no undo":               undoNothing,
	"a header cut in one save comes back in the next": undoCut,
	"but not in another edit":                         undoCutElsewhere,
}

// run is a save of one stay in a field.
func run(run, seq int64) *store.Edit { return &store.Edit{Tab: "tab", Seq: seq, Run: run} }

// undo takes the last edit of the page back.
func (b *bundle) undo(w store.Webhook) (store.Webhook, store.Field) {
	b.t.Helper()
	undone, fields, err := b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookUndo{Version: w.Version, Edit: *run(99, 99), By: maria})
	require.NoError(b.t, err)
	require.Equal(b.t, b.webhook(), undone)
	require.Len(b.t, fields, 1, "a page saves one field at a time")
	return undone, fields[0]
}

func undoWhole(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://n"), Edit: run(1, 1)})
	b.save(store.WebhookChange{URL: new(""), Edit: run(1, 2)})
	w, field := b.undo(b.save(store.WebhookChange{URL: new("https://new.example"), Edit: run(1, 3)}))
	require.Equal(t, hook, w.URL)
	require.Equal(t, store.FieldURL, field)
}

func undoRun(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://first.example"), Edit: run(1, 1)})
	w, _ := b.undo(b.save(store.WebhookChange{URL: new("https://second.example"), Edit: run(2, 2)}))
	require.Equal(t, "https://first.example", w.URL)
}

// chosen is one choice of each kind.
var chosen = option.Set{
	Filter:   option.Filter{Match: option.MatchAny, Conditions: []option.Condition{{Field: "custom_data.value", Op: option.OpOver, Value: "100.00"}, {Field: "event_name", Op: option.OpExists}}},
	Format:   option.Format{Type: option.FormatMessage, Service: option.Teams, Text: "{{user_data.email}}"},
	LeaveOut: []string{"user_data.phone"}, Consent: option.ConsentStrip, Success: option.Success{Path: "status.ok", Value: "true"},
}

func undoFields(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.save(store.WebhookChange{
		Headers:    &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Team", Value: new("sales")}},
		EventNames: &[]string{"Lead"}, RateLimit: new(3.0), Change: chosen.Change(),
	})
	for field, change := range map[store.Field]store.WebhookChange{
		store.FieldEnabled:    {Enabled: new(false)},
		store.FieldURL:        {URL: new("")},
		store.FieldHeaders:    {Headers: &[]store.HeaderChange{{Name: "x-team"}}},
		store.FieldEventNames: {EventNames: &[]string{}},
		store.FieldRateLimit:  {RateLimit: new(0.0)},
		store.FieldFilter:     {Change: option.Set{}.Only(option.NameFilter)},
		store.FieldFormat:     {Change: option.Set{}.Only(option.NameFormat)},
		store.FieldLeaveOut:   {Change: option.Set{}.Only(option.NameLeaveOut)},
		store.FieldConsent:    {Change: option.Set{}.Only(option.NameConsent)},
		store.FieldSuccess:    {Change: option.Set{}.Only(option.NameSuccess)},
	} {
		change.Edit = run(1, 1)
		w, undone := b.undo(b.save(change))
		require.Equal(t, field, undone)
		require.Equal(t, before.Enabled, w.Enabled)
		require.Equal(t, before.URL, w.URL)
		require.Equal(t, before.Headers, w.Headers)
		require.Equal(t, before.EventNames, w.EventNames)
		require.Equal(t, before.RateLimit, w.RateLimit)
		require.Equal(t, before.Set, w.Set)
		b.save(store.WebhookChange{URL: new("https://between.example")}) // so that the order of the map does not matter
		b.save(store.WebhookChange{URL: new(hook)})
	}
}

func undoTwice(t *testing.T, open Open) {
	b := setup(t, open)
	w, _ := b.undo(b.save(store.WebhookChange{URL: new("https://new.example"), Edit: run(1, 1)}))
	again, _, err := b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookUndo{Version: w.Version, Edit: *run(100, 100), By: maria})
	require.NoError(t, err)
	require.Equal(t, "https://new.example", again.URL)
}

func undoEnded(t *testing.T, open Open) {
	b := setup(t, open)
	w := b.save(store.WebhookChange{URL: new("https://new.example"), Edit: run(1, 1)})
	b.save(store.WebhookChange{RateLimit: new(2.0), By: anna})
	undo := store.WebhookUndo{Version: w.Version, Edit: *run(2, 2)}
	_, _, err := b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), undo)
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	undo.Version = b.webhook().Version
	_, _, err = b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), undo)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, "https://new.example", b.webhook().URL)
}

func undoElsewhere(t *testing.T, open Open) {
	b := setup(t, open)
	w := b.save(store.WebhookChange{URL: new("https://new.example"), Edit: run(1, 1)})
	_, _, err := b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookUndo{Version: w.Version, Edit: store.Edit{Tab: "other", Seq: 1}})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, _, err = b.UndoWebhook(b.ctx(), store.FirstWebhook(b.newID()), store.WebhookUndo{Version: w.Version, Edit: *run(2, 2)})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func undoNothing(t *testing.T, open Open) {
	b := setup(t, open)
	require.NotNil(t, b.save(store.WebhookChange{URL: new("https://new.example"), Edit: run(1, 1)}).Undo)
	require.Nil(t, b.save(store.WebhookChange{URL: new(hook), Edit: run(1, 2)}).Undo)
}

// keepTeam takes the Authorization line out; keepBoth has it again, its value hidden.
func keepTeam() *[]store.HeaderChange { return &[]store.HeaderChange{{Name: "X-Team"}} }

func keepBoth() *[]store.HeaderChange {
	return &[]store.HeaderChange{{Name: "X-Team"}, {Name: "Authorization"}}
}

func (b *bundle) saveBoth() {
	b.t.Helper()
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{
		{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Team", Value: new("sales")},
	}})
}

func undoCut(t *testing.T, open Open) {
	b := setup(t, open)
	b.saveBoth()
	b.save(store.WebhookChange{Headers: keepTeam(), Edit: run(1, 1)})
	w := b.save(store.WebhookChange{Headers: keepBoth(), Edit: run(1, 2)})
	require.Equal(t, []store.Header{{Name: "X-Team", Value: "sales"}, {Name: "Authorization", Value: "Bearer s3cret"}}, w.Headers)
}

func undoCutElsewhere(t *testing.T, open Open) {
	b := setup(t, open)
	b.saveBoth()
	b.save(store.WebhookChange{Headers: keepTeam(), Edit: run(1, 1)})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Headers: keepBoth(), Edit: run(2, 2)})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, 1, keep.Index)
}
