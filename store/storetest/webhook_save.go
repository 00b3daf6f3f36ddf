package storetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var historyRules = map[string]func(*testing.T, Open){
	"the history is newest first and says what changed": historyListed,
	"in pages":                          historyPaged,
	"restoring is an ordinary change":   historyRestored,
	"the switch stays as it stands":     historyLeavesSwitch,
	"there is nothing of a foreign bot": historyOfBot,
}

func (b *bundle) history(cursor string, limit int) store.VersionPage {
	b.t.Helper()
	p, err := b.WebhookVersions(b.ctx(), store.FirstWebhook(b.bot), cursor, limit)
	require.NoError(b.t, err)
	return p
}

func historyListed(t *testing.T, open Open) {
	b := setup(t, open)
	b.uses()
	b.clock.Add(time.Minute)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer one")}}, By: anna})
	b.uses()
	b.save(store.WebhookChange{URL: new("https://typo.example")})
	b.clock.Add(time.Minute)
	b.save(store.WebhookChange{URL: new("https://new.example"), EventNames: &[]string{"Lead"}, RateLimit: new(2.0)})
	versions := b.history("", 0).Versions
	require.Len(t, versions, 3)
	now, used, first := versions[0], versions[1], versions[2]
	require.Equal(t, "https://new.example", now.URL)
	require.Equal(t, store.Change{By: maria, At: b.clock.Now()}, now.Change)
	require.False(t, now.Used)
	require.Equal(t, []store.Header{{Name: "Authorization", Value: "Bearer one"}}, used.Headers)
	require.Equal(t, anna, used.By)
	require.True(t, used.Used)
	require.Empty(t, first.Headers, "what stands before it")
	for _, v := range versions {
		one, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), v.Version)
		require.NoError(t, err)
		require.Equal(t, one, v)
	}
}

func historyPaged(t *testing.T, open Open) {
	b := setup(t, open)
	for _, url := range []string{"https://1.example", "https://2.example", "https://3.example", "https://4.example"} {
		b.uses()
		b.save(store.WebhookChange{URL: new(url)})
	}
	all := b.history("", 0)
	require.Len(t, all.Versions, 5)
	require.Empty(t, all.Next)
	var paged []store.WebhookVersion
	for cursor := ""; ; {
		p := b.history(cursor, 2)
		paged = append(paged, p.Versions...)
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, all.Versions, paged, "what changed is shown across pages too")
	_, err := b.WebhookVersions(b.ctx(), store.FirstWebhook(b.bot), "x", 2)
	require.ErrorIs(t, err, store.ErrBadCursor)
}

func historyRestored(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer one")}}, RateLimit: new(2.0), Change: chosen.Change()})
	good := b.uses()
	b.save(store.WebhookChange{
		URL: new("https://typo.example"), Headers: &[]store.HeaderChange{}, RateLimit: new(0.0), EventNames: &[]string{"Purchase"}, Change: option.Set{}.Change(), By: anna,
	})
	bad := b.webhook()
	b.clock.Add(time.Minute)
	w, err := b.RestoreWebhook(b.ctx(), store.FirstWebhook(b.bot), good, maria)
	require.NoError(t, err)
	require.Equal(t, bad.Version+1, w.Version)
	require.Equal(t, hook, w.URL)
	require.Equal(t, []store.Header{{Name: "Authorization", Value: "Bearer one"}}, w.Headers)
	require.InDelta(t, 2.0, *w.RateLimit, 0)
	require.Equal(t, chosen, w.Set)
	require.Empty(t, w.EventNames)
	require.Equal(t, b.clock.Now(), w.QuietUntil, "nobody is typing")
	require.Equal(t, store.Change{By: maria, At: b.clock.Now()}, w.FieldChanges[store.FieldURL])
	b.requireSame(w, b.webhook())

	_, err = b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Base: &bad.Version, URL: new("https://late.example"), By: anna})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale, "an edit based on what was there before it is a conflict")
	again, err := b.RestoreWebhook(b.ctx(), store.FirstWebhook(b.bot), good, anna)
	require.NoError(t, err)
	require.Equal(t, w.Version, again.Version, "nothing changes")
	_, err = b.RestoreWebhook(b.ctx(), store.FirstWebhook(b.bot), 1000, maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func historyLeavesSwitch(t *testing.T, open Open) {
	b := setup(t, open)
	on := b.uses()
	b.save(store.WebhookChange{Enabled: new(false), URL: new("https://new.example")})
	w, err := b.RestoreWebhook(b.ctx(), store.FirstWebhook(b.bot), on, maria)
	require.NoError(t, err)
	require.Equal(t, hook, w.URL)
	require.False(t, w.Enabled)
}

func historyOfBot(t *testing.T, open Open) {
	b := setup(t, open)
	version := b.uses()
	other := b.newBot("another")
	_, err := b.RestoreWebhook(b.ctx(), store.FirstWebhook(other), version+7, maria)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err = b.WebhookVersions(b.ctx(), store.FirstWebhook(b.bot), "", 0)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.RestoreWebhook(b.ctx(), store.FirstWebhook(b.bot), version, maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

var mergingRules = map[string]func(*testing.T, Open){
	"different fields merge":                                   mergeFields,
	"the same field is refused, and said to whom it belongs":   mergeConflict,
	"a refused field takes nothing else with it":               mergeConflictWhole,
	"a page's own saves do not conflict with each other":       mergeSamePage,
	"a page's older save changes nothing":                      mergeSuperseded,
	"but only the fields that a newer save has overtaken":      mergeSupersededPartly,
	"an undo that changes nothing still outruns what it undid": mergeUndo,
	"whatever the order of arrival, the last keystrokes stand": mergeAnyOrder,
	"another tab's older edit is a conflict, not an old save":  mergeTwoTabs,
}

func edit(tab string, seq int64) *store.Edit { return &store.Edit{Tab: tab, Seq: seq} }

func mergeFields(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	b.save(store.WebhookChange{Base: &base, URL: new("https://new.example"), By: anna})
	w := b.save(store.WebhookChange{Base: &base, EventNames: &[]string{"Lead"}})
	require.Equal(t, "https://new.example", w.URL)
	require.Equal(t, []string{"Lead"}, w.EventNames)
}

func mergeConflict(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	current := b.save(store.WebhookChange{Base: &base, URL: new("https://theirs.example"), By: anna})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Base: &base, URL: new("https://mine.example"), By: maria})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, []store.Field{store.FieldURL}, stale.Fields)
	require.Equal(t, current, stale.Current)
	require.Equal(t, anna, stale.Current.FieldChanges[store.FieldURL].By)

	mine := b.save(store.WebhookChange{Base: &current.Version, URL: new("https://mine.example")}) // "Keep mine"
	require.Equal(t, "https://mine.example", mine.URL)
	same := b.save(store.WebhookChange{Base: &base, URL: new("https://mine.example"), By: anna})
	require.Equal(t, mine, same, "who typed the same has no conflict")
}

func mergeConflictWhole(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	current := b.save(store.WebhookChange{URL: new("https://theirs.example"), By: anna})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{
		Base: &base, URL: new("https://mine.example"), EventNames: &[]string{"Lead"}, By: maria,
	})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, []store.Field{store.FieldURL}, stale.Fields)
	require.Equal(t, current, b.webhook(), "nothing is changed")
}

func mergeSamePage(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	for seq, url := range []string{"https://a.example", "https://ab.example", "https://abc.example"} {
		w := b.save(store.WebhookChange{Base: &base, URL: new(url), Edit: edit("tab", int64(seq))})
		require.Equal(t, url, w.URL)
	}
}

func mergeSuperseded(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	newest := b.save(store.WebhookChange{Base: &base, URL: new("https://abc.example"), Edit: edit("tab", 3)})
	require.Equal(t, newest, b.save(store.WebhookChange{Base: &base, URL: new("https://ab.example"), Edit: edit("tab", 2)}))
	require.Equal(t, newest, b.webhook())
}

func mergeSupersededPartly(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	b.save(store.WebhookChange{Base: &base, URL: new("https://abc.example"), Edit: edit("tab", 3)})
	w := b.save(store.WebhookChange{
		Base: &base, URL: new("https://ab.example"), EventNames: &[]string{"Lead"}, Edit: edit("tab", 2),
	})
	require.Equal(t, "https://abc.example", w.URL)
	require.Equal(t, []string{"Lead"}, w.EventNames)
	require.Equal(t, int64(2), w.FieldChanges[store.FieldEventNames].Edit.Seq)
}

func mergeUndo(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	undone := b.save(store.WebhookChange{Base: &before.Version, URL: new(hook), Edit: edit("tab", 2)})
	require.Equal(t, before.Version, undone.Version)
	w := b.save(store.WebhookChange{Base: &before.Version, URL: new("https://typo.example"), Edit: edit("tab", 1)})
	require.Equal(t, hook, w.URL, "the typing that was undone came late")
}

func mergeAnyOrder(t *testing.T, open Open) {
	b := setup(t, open)
	random := rand.New(rand.NewPCG(1, 2))
	urls := []string{hook, "https://a.example", "https://ab.example", hook, "https://b.example", "https://ab.example", hook}
	for round := range 20 {
		base := b.webhook().Version
		tab := b.newID().String()
		for _, i := range random.Perm(len(urls)) {
			b.save(store.WebhookChange{Base: &base, URL: &urls[i], Edit: edit(tab, int64(i+1))})
		}
		require.Equal(t, hook, b.webhook().URL, "round %d", round)
	}
}

func mergeTwoTabs(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	b.save(store.WebhookChange{Base: &base, URL: new("https://one.example"), Edit: edit("one", 9)})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Base: &base, URL: new("https://two.example"), Edit: edit("two", 1), By: maria})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, "one", stale.Current.FieldChanges[store.FieldURL].Edit.Tab)
}

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

var versionRules = map[string]func(*testing.T, Open){
	"a version that was sent with stays as it was":      versionUsed,
	"saves that nothing was sent with leave one entry":  versionUnused,
	"an entry has the settings, who made them and when": versionShows,
	"claiming nothing uses nothing":                     versionNotUsed,
	"another bot's versions are not found":              versionOfBot,
}

// uses sends one event with the current settings.
func (b *bundle) uses() int64 {
	b.t.Helper()
	b.deliver(b.events(1)[0])
	return b.webhook().Version
}

func versionUsed(t *testing.T, open Open) {
	b := setup(t, open)
	used := b.uses()
	b.save(store.WebhookChange{URL: new("https://a.example")})
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), used)
	require.NoError(t, err)
	require.True(t, v.Used)
	require.Equal(t, hook, v.URL)
}

func versionUnused(t *testing.T, open Open) {
	b := setup(t, open)
	b.uses()
	var between int64
	for _, url := range []string{"https://a.example", "https://ab.example", "https://abc.example"} {
		between = b.save(store.WebhookChange{URL: new(url)}).Version
	}
	for version := int64(1); version < between; version++ {
		_, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), version)
		if version == 2 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, store.ErrNotFound, "version %d", version)
	}
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), between)
	require.NoError(t, err)
	require.Equal(t, "https://abc.example", v.URL)
	require.False(t, v.Used)
}

func versionShows(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Hour)
	w := b.save(store.WebhookChange{
		Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}}, EventNames: &[]string{"Lead"}, RateLimit: new(3.0), Change: chosen.Change(), By: anna,
	})
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), w.Version)
	require.NoError(t, err)
	require.Equal(t, store.WebhookVersion{
		WebhookID: store.FirstWebhook(b.bot), Version: w.Version, Change: store.Change{By: anna, At: b.clock.Now()}, Enabled: true, URL: hook,
		Headers: w.Headers, EventNames: w.EventNames, RateLimit: w.RateLimit, Set: chosen,
	}, v)
}

func versionNotUsed(t *testing.T, open Open) {
	b := setup(t, open)
	b.claim(10)
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), b.webhook().Version)
	require.NoError(t, err)
	require.False(t, v.Used)
}

func versionOfBot(t *testing.T, open Open) {
	b := setup(t, open)
	_, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.newID()), 2)
	require.ErrorIs(t, err, store.ErrNotFound)
}
