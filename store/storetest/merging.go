package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

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
