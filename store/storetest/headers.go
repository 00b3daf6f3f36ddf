package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var headerRules = map[string]func(*testing.T, Open){
	"a header without value keeps the stored one, wherever it stands": headersKeep,
	"there is nothing to keep under a new name":                       headersNothingToKeep,
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
	_, err := b.SaveWebhook(b.ctx(), b.bot, store.WebhookChange{By: maria, URL: new("https://x.example"), Headers: &[]store.HeaderChange{
		{Name: "X-A", Value: new("1")}, {Name: "Authorization2"},
	}})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, store.KeepError{Index: 1, Name: "Authorization2"}, *keep)
	require.NotContains(t, err.Error(), "s3cret")
	require.Equal(t, before, b.webhook(), "nothing is changed")
}
