package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

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
