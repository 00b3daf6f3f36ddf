package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var newBotRules = map[string]func(*testing.T, Open){
	"they begin with a copy of the settings that were chosen": newBotsBegin,
	"or empty":                              newBotsEmpty,
	"when that webhook is gone, too":        newBotsBeginGone,
	"what is chosen is audited once":        newBotsAudited,
	"and the retention is another's choice": newBotsBesideRetention,
}

func newBotsBegin(t *testing.T, open Open) {
	b := setup(t, open)
	bot, source := b.full("Full")
	require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	begin, err := b.Beginning(b.ctx())
	require.NoError(t, err)
	require.Equal(t, store.Beginning{WebhookID: source.WebhookID, Name: "Full", URL: source.URL}, begin)
	made := b.newBot("New")
	w := b.read(store.FirstWebhook(made))
	require.False(t, w.Enabled, "a person switches it on")
	require.Equal(t, source.URL, w.URL)
	require.Equal(t, source.Headers, w.Headers)
	require.Equal(t, source.EventNames, w.EventNames)
	require.Equal(t, source.RateLimit, w.RateLimit)
	require.Equal(t, source.Set, w.Set)
	require.NotEqual(t, source.Secret, w.Secret)
	require.Equal(t, "Full", b.audited(made, "webhook.copy").Target)
	b.saveAt(source.WebhookID, store.WebhookChange{URL: new("https://later.example")})
	require.Equal(t, "https://full.example/hook", b.read(store.FirstWebhook(made)).URL, "it is a copy")
	require.Equal(t, "https://later.example", b.read(store.FirstWebhook(b.newBot("Newer"))).URL, "of the settings of the moment")

	second, err := b.AddWebhookWith(b.ctx(), bot, store.WebhookChange{Name: new("Slack"), URL: new("https://slack.example"), By: maria})
	require.NoError(t, err)
	require.NoError(t, b.BeginWith(b.ctx(), second.WebhookID, maria))
	begin, err = b.Beginning(b.ctx())
	require.NoError(t, err)
	require.Equal(t, "Full · Slack", begin.Name)
	require.Equal(t, "https://slack.example", b.read(store.FirstWebhook(b.newBot("Newest"))).URL)
	require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	begin, err = b.Beginning(b.ctx())
	require.NoError(t, err)
	require.Equal(t, "Full · Endpoint 1", begin.Name, "it is one of two now")
}

func newBotsEmpty(t *testing.T, open Open) {
	b := setup(t, open)
	begin, err := b.Beginning(b.ctx())
	require.NoError(t, err)
	require.True(t, begin.None())
	_, source := b.full("Full")
	require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	empty, err := b.CreateEmptyBot(b.ctx(), "Empty", maria)
	require.NoError(t, err)
	require.Empty(t, b.read(store.FirstWebhook(empty.ID)).OwnGroups())
	require.NoError(t, b.BeginWith(b.ctx(), store.WebhookID{}, maria))
	require.Empty(t, b.read(store.FirstWebhook(b.newBot("New"))).OwnGroups())
	require.ErrorIs(t, b.BeginWith(b.ctx(), store.FirstWebhook(b.newID()), maria), store.ErrNotFound)
}

func newBotsBeginGone(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	require.NoError(t, b.DeleteBotCalled(b.ctx(), source.BotID, "Full", maria))
	begin, err := b.Beginning(b.ctx())
	require.NoError(t, err)
	require.True(t, begin.None())
	require.Empty(t, b.read(store.FirstWebhook(b.newBot("New"))).OwnGroups())
	_, err = b.RestoreBot(b.ctx(), source.BotID, maria)
	require.NoError(t, err)
	begin, err = b.Beginning(b.ctx())
	require.NoError(t, err)
	require.Equal(t, source.WebhookID, begin.WebhookID, "back with its bot")
}

func newBotsAudited(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	for range 2 {
		require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	}
	require.Equal(t, "Full", b.audited(source.BotID, "workspace.begin_with").Target)
	for range 2 {
		require.NoError(t, b.BeginWith(b.ctx(), store.WebhookID{}, anna))
	}
	require.Equal(t, anna.Name, b.audited(uuid.Nil, "workspace.begin_empty").By.Name)
}

func newBotsBesideRetention(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	require.NoError(t, b.BeginWith(b.ctx(), source.WebhookID, maria))
	days, err := b.RetentionDays(b.ctx())
	require.NoError(t, err)
	require.Zero(t, days, "none were chosen")
	require.NoError(t, b.SetRetentionDays(b.ctx(), 7, maria))
	begin, err := b.Beginning(b.ctx())
	require.NoError(t, err)
	require.Equal(t, source.WebhookID, begin.WebhookID)
	require.NoError(t, b.BeginWith(b.ctx(), store.WebhookID{}, maria))
	days, err = b.RetentionDays(b.ctx())
	require.NoError(t, err)
	require.Equal(t, 7, days)
}
