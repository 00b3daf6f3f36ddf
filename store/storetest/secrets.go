package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var secretRules = map[string]func(*testing.T, Open){
	"a new secret signs at once, the old one for a day":            secretRotated,
	"two secrets sign, never three":                                secretRotatedTwice,
	"the old secret can be ended before its day is over":           secretOverlapEnded,
	"it is not a version of the settings, and conflicts with none": secretIsNoVersion,
	"a bot that is gone has no secret":                             secretUnknownBot,
}

func secretRotated(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	w, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, w.Secret)
	require.NotEqual(t, before.Secret, w.Secret)
	want := before
	want.Secret, want.PreviousSecret, want.PreviousUntil = w.Secret, before.Secret, began.Add(24*time.Hour)
	require.Equal(t, want, w)
	require.Equal(t, want, b.webhook())
	b.accept(b.events(1)...)
	sent := b.claim(1).Webhook
	require.Equal(t, []any{want.Secret, want.PreviousSecret, want.PreviousUntil}, []any{sent.Secret, sent.PreviousSecret, sent.PreviousUntil})
	entry := b.audited(b.bot, "webhook.rotate_secret")
	require.Equal(t, anna, entry.By)
	require.NotContains(t, entry.Target+entry.Note, "whsec_")
}

func secretRotatedTwice(t *testing.T, open Open) {
	b := setup(t, open)
	first, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	b.clock.Add(time.Hour)
	second, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	require.Equal(t, first.Secret, second.PreviousSecret)
	require.Equal(t, b.clock.Now().Add(24*time.Hour), second.PreviousUntil)
}

func secretOverlapEnded(t *testing.T, open Open) {
	b := setup(t, open)
	same, err := b.EndSecretOverlap(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Equal(t, b.webhook(), same, "there is no old one")
	rotated, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	b.clock.Add(time.Hour)
	w, err := b.EndSecretOverlap(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Equal(t, rotated.Secret, w.Secret)
	require.Empty(t, w.PreviousSecret)
	require.False(t, w.TwoSign(b.clock.Now()))
	require.Equal(t, rotated.PreviousUntil, w.PreviousUntil, "it shows when the secrets were rotated")
	require.Equal(t, w, b.webhook())
	require.Equal(t, anna, b.audited(b.bot, "webhook.end_old_secret").By)
}

func secretIsNoVersion(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	_, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	w := b.save(store.WebhookChange{Base: &base, IfVersion: &base, URL: new("https://new.example")})
	require.Equal(t, base+1, w.Version)
	require.NotEmpty(t, w.PreviousSecret)
}

func secretUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}
