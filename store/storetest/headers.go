package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var headerRules = map[string]func(*testing.T, Open){
	"a header without value keeps the stored one, wherever it stands": headersKeep,
	"there is nothing to keep under a new name":                       headersNothingToKeep,
	"a stored value stays with its origin for who may not see it":     headersStayWithTheirOrigin,
	"values that go to another origin are reported and audited":       headersThatMove,
}

func headersKeep(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{
		{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Source", Value: new("iozen")},
	}})
	w := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{
		{Name: "X-New", Value: new("1")}, {Name: "X-Source"}, {Name: "AUTHORIZATION"},
	}})
	want := []store.Header{{Name: "X-New", Value: "1"}, {Name: "X-Source", Value: "iozen"}, {Name: "AUTHORIZATION", Value: "Bearer s3cret"}}
	require.Equal(t, want, w.Headers)
	require.Equal(t, want, b.webhook().Headers)
}

func headersNothingToKeep(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}}})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://x.example"), Headers: &[]store.HeaderChange{
		{Name: "X-A", Value: new("1")}, {Name: "Authorization2"},
	}})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, store.KeepError{Index: 1, Name: "Authorization2"}, *keep)
	require.NotContains(t, err.Error(), "s3cret")
	require.Equal(t, before, b.webhook(), "nothing is changed")
}

func headersStayWithTheirOrigin(t *testing.T, open Open) {
	b := setup(t, open)
	kept := func(url *string) store.WebhookChange {
		return store.WebhookChange{By: maria, StayWithOrigin: true, URL: url, Headers: &[]store.HeaderChange{{Name: "authorization"}}}
	}
	b.save(store.WebhookChange{URL: new("https://crm.example/hook"), Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}}})
	for _, url := range []*string{new("https://crm.example/other"), new(""), nil} {
		_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), kept(url))
		require.NoError(t, err)
	}
	before := b.webhook() // without a URL: no origin is this one's
	for _, change := range []store.WebhookChange{kept(new("https://evil.example/")), {By: maria, StayWithOrigin: true, URL: new("https://evil.example/")}} {
		_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), change)
		var keep *store.KeepError
		require.ErrorAs(t, err, &keep)
		require.True(t, keep.Moved)
		require.NotContains(t, err.Error(), "s3cret")
		require.Equal(t, before, b.webhook(), "nothing is changed")
	}
}

func headersThatMove(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://old.example/hook"), Headers: &[]store.HeaderChange{
		{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Team", Value: new("sales")},
	}})
	moved, err := b.ChangeWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://new.example:8443/"), Headers: &[]store.HeaderChange{
		{Name: "Authorization"}, {Name: "X-Team", Value: new("other")},
	}})
	require.NoError(t, err)
	require.True(t, moved.Moved)
	require.Equal(t, "new.example:8443", moved.LeakTo)
	require.Equal(t, []string{"Authorization"}, moved.Leaked, "one that is given anew is not led anywhere")
	newest := func() store.AuditEntry {
		entries, err := AuditEntries(b.ctx(), b.DB, b.bot, 1)
		require.NoError(t, err)
		return entries[0]
	}
	require.Equal(t, "webhook.origin_change", newest().Action)
	require.Equal(t, "new.example:8443", newest().Target)
	require.Equal(t, "from old.example, and kept the hidden headers: Authorization", newest().Note)
	require.Equal(t, maria.Name, newest().By.Name)

	again, err := b.ChangeWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://new.example:8443/other")})
	require.NoError(t, err)
	require.False(t, again.Moved)
	require.Empty(t, again.LeakTo)
	require.NotEqual(t, "webhook.origin_change", newest().Action)
}
