package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var settlingRules = map[string]func(*testing.T, Open){
	"an edit of URL or headers settles, another does not":     settlingFields,
	"each edit of them begins the wait anew":                  settlingAnew,
	"an edit of the format has a quiet time too":              settlingFormat,
	"a change through the API counts at once":                 settlingAPI,
	"what came in meanwhile goes out with the new settings":   settlingDelivers,
	"who tests has finished typing, and what is tested stays": settlingUse,
}

const settle = 5 * time.Second

func settlingFields(t *testing.T, open Open) {
	for name, c := range map[string]struct {
		change  store.WebhookChange
		settles bool
	}{
		"URL":         {store.WebhookChange{URL: new("https://new.example")}, true},
		"URL emptied": {store.WebhookChange{URL: new("")}, true},
		"headers":     {store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}}, true},
		"switch":      {store.WebhookChange{Enabled: new(false)}, false},
		"events":      {store.WebhookChange{EventNames: &[]string{"Lead"}}, false},
		"rate limit":  {store.WebhookChange{RateLimit: new(1.0)}, false},
		"leave out":   {store.WebhookChange{Change: option.Change{LeaveOut: &[]string{"source_url"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			b.clock.Add(time.Minute)
			c.change.QuietFor = settle
			w := b.save(c.change)
			if c.settles {
				require.Equal(t, b.clock.Now().Add(settle), w.QuietUntil)
				require.Equal(t, b.clock.Now(), w.ChangedAt)
				return
			}
			require.Equal(t, began, w.QuietUntil)
			require.Equal(t, began, w.ChangedAt)
		})
	}
}

// settlingFormat: a half-typed template may be valid, so it waits; where and to whom things are sent did not change.
func settlingFormat(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Minute)
	format := option.Format{Type: option.FormatFlat}
	w := b.save(store.WebhookChange{Change: option.Change{Format: &format}, QuietFor: settle})
	require.Equal(t, b.clock.Now().Add(settle), w.QuietUntil)
	require.Equal(t, began, w.ChangedAt)
}

func settlingAnew(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	b.clock.Add(3 * time.Second)
	w := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, QuietFor: settle})
	require.Equal(t, began.Add(8*time.Second), w.QuietUntil)
	w = b.save(store.WebhookChange{Enabled: new(false), QuietFor: settle})
	require.Equal(t, began.Add(8*time.Second), w.QuietUntil)
}

func settlingAPI(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	b.save(store.WebhookChange{URL: new("https://api.example")})
	require.Equal(t, "https://api.example", b.claim(1).Webhook.URL)
	require.Equal(t, store.Sending, b.list(store.DeliveryFilter{})[0].Status)
}

func settlingDelivers(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new(""), QuietFor: settle})
	id := b.accept(b.event("meanwhile"))[0]
	b.clock.Add(3 * time.Second)
	b.save(store.WebhookChange{URL: new("https://new.example"), QuietFor: settle})
	b.clock.Add(settle)
	c := b.claim(10)
	require.Equal(t, []uuid.UUID{id}, claimIDs(c.Claims))
	require.Equal(t, "https://new.example", c.Webhook.URL)
}

func settlingUse(t *testing.T, open Open) {
	b := setup(t, open)
	saved := b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	w, err := b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(t, err)
	require.Equal(t, b.webhook(), w)
	require.Equal(t, began, w.QuietUntil, "what settled counts at once")
	next := b.save(store.WebhookChange{URL: new(""), QuietFor: settle})
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), saved.Version)
	require.NoError(t, err)
	require.True(t, v.Used, "it stays, however the settings are edited")
	w, err = b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(t, err)
	require.Empty(t, w.URL)
	v, err = b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), next.Version)
	require.NoError(t, err)
	require.False(t, v.Used, "without a URL nothing can be sent with it")
}
