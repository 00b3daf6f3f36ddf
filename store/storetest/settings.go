package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var settingsRules = map[string]func(*testing.T, Open){
	"a new bot's webhook is off, without URL, with a secret": settingsNew,
	"only the given fields change":                           settingsPartly,
	"what changes nothing makes no version":                  settingsUnchanged,
	"each field says who changed it last, when":              settingsFields,
	"If-Match: another version is refused whole":             settingsIfVersion,
	"without a condition the last write wins":                settingsLastWins,
	"URL and rate limit can be taken away":                   settingsRemove,
	"a bot that is gone has no settings":                     settingsUnknownBot,
}

// anna changes things behind maria's back.
var anna = store.Actor{Name: "anna@acme.example"}

func settingsNew(t *testing.T, open Open) {
	b := setup(t, open)
	b.bot = b.newBot("another")
	w := b.webhook()
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, w.Secret)
	w.Secret = ""
	require.Equal(t, store.Webhook{
		WebhookID: store.FirstWebhook(b.bot), Version: 1, EventNames: []string{}, WebhookState: store.WebhookState{ChangedAt: began},
		FieldVersions: map[store.Field]int64{}, FieldChanges: map[store.Field]store.Change{},
	}, w)
	b.bot = b.newBot("a third")
	require.NotEqual(t, w.Secret, b.webhook().Secret)
}

func settingsPartly(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	b.clock.Add(time.Hour)
	w := b.save(store.WebhookChange{
		EventNames: &[]string{"Lead"}, RateLimit: new(2.5),
		Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}, {Name: "X-B", Value: new("")}},
	})
	require.Equal(t, w, b.webhook(), "what is answered is what stands there")
	require.Equal(t, before.Version+1, w.Version)
	require.Equal(t, []string{"Lead"}, w.EventNames)
	require.InDelta(t, 2.5, *w.RateLimit, 0)
	require.Equal(t, []store.Header{{Name: "X-A", Value: "1"}, {Name: "X-B", Value: ""}}, w.Headers)
	require.Equal(t, before.URL, w.URL)
	require.True(t, w.Enabled)
	require.Equal(t, before.Secret, w.Secret)
	require.Equal(t, b.clock.Now(), w.ChangedAt)
}

func settingsUnchanged(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, EventNames: &[]string{"Lead"}, RateLimit: new(1.0)})
	before := b.webhook()
	b.clock.Add(time.Hour)
	for _, c := range []store.WebhookChange{
		{},
		{Enabled: new(true), URL: new(hook), RateLimit: new(1.0), EventNames: &[]string{"Lead"}},
		{Headers: &[]store.HeaderChange{{Name: "X-A"}}},
		{URL: new(hook), Base: new(int64(1)), QuietFor: time.Second},
	} {
		require.Equal(t, before, b.save(c))
	}
	require.Equal(t, before, b.webhook())
}

func settingsFields(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Minute)
	w := b.save(store.WebhookChange{URL: new(hook + "/2"), By: anna, Edit: &store.Edit{Tab: "t", Seq: 4}})
	require.Equal(t, map[store.Field]int64{store.FieldEnabled: 2, store.FieldURL: 3}, w.FieldVersions)
	require.Equal(t, map[store.Field]store.Change{
		store.FieldEnabled: {By: maria, At: began},
		store.FieldURL:     {By: anna, At: b.clock.Now(), Edit: store.Edit{Tab: "t", Seq: 4}},
	}, w.FieldChanges)
}

func settingsIfVersion(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{IfVersion: new(before.Version - 1), URL: new("https://x.example"), By: maria})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, before, stale.Current)
	require.Empty(t, stale.Fields)
	require.Equal(t, before, b.webhook())
	w := b.save(store.WebhookChange{IfVersion: &before.Version, URL: new("https://x.example")})
	require.Equal(t, "https://x.example", w.URL)
}

func settingsLastWins(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://one.example")})
	require.Equal(t, "https://two.example", b.save(store.WebhookChange{URL: new("https://two.example")}).URL)
}

func settingsRemove(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{RateLimit: new(5.0), Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, EventNames: &[]string{"Lead"}})
	w := b.save(store.WebhookChange{RateLimit: new(0.0), URL: new(""), Headers: &[]store.HeaderChange{}, EventNames: &[]string{}})
	require.Nil(t, w.RateLimit)
	require.Empty(t, w.URL)
	require.Empty(t, w.Headers)
	require.Empty(t, w.EventNames)
	require.Equal(t, w.Version, b.save(store.WebhookChange{RateLimit: new(0.0), URL: new("")}).Version)
	b.requireSame(w, b.webhook())
}

// requireSame compares settings, with no list and an empty one being the same.
func (b *bundle) requireSame(want, got store.Webhook) {
	b.t.Helper()
	for _, w := range []*store.Webhook{&want, &got} {
		if len(w.Headers) == 0 {
			w.Headers = nil
		}
		if len(w.EventNames) == 0 {
			w.EventNames = nil
		}
	}
	require.Equal(b.t, want, got)
}

func settingsUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.Webhook(b.ctx(), store.FirstWebhook(b.bot))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Enabled: new(false), By: maria})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.newID()), "gone"), store.ErrNotFound)
}
