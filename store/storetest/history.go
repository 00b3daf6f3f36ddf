package storetest

import (
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
