package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var switchOffRules = map[string]func(*testing.T, Open){
	"the reason stands beside the person's own switch":     switchOffNoted,
	"the first reason stays, and is in the audit log once": switchOffOnce,
	"a person's switching on clears it, the API's too":     switchOffCleared,
	"one that is off already is not switched off":          switchOffWhileOff,
	"another save leaves it off":                           switchOffOtherSave,
}

func switchOffNoted(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Hour)
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "gone"))
	w := b.webhook()
	require.True(t, w.Enabled)
	require.Equal(t, &store.SwitchedOff{Reason: "gone", At: b.clock.Now()}, w.SwitchedOff)
	require.False(t, w.Sends())
	require.Equal(t, w.WebhookState, b.summary().Webhook)
}

func switchOffOnce(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "gone"))
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "no_success_5_days"))
	require.Equal(t, "gone", b.webhook().SwitchedOff.Reason)
	entries, err := AuditEntries(b.ctx(), b.DB, b.bot, 10)
	require.NoError(t, err)
	n := 0
	for _, e := range entries {
		if e.Action == "webhook.switch_off" {
			require.Equal(t, "gone", e.Target)
			n++
		}
	}
	require.Equal(t, 1, n)
}

func switchOffCleared(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "gone"))
	before := b.webhook().Version
	w := b.save(store.WebhookChange{Enabled: new(true)})
	require.Nil(t, w.SwitchedOff)
	require.Equal(t, before+1, w.Version, "it is a change, though the person's switch stood on")
	require.Equal(t, w, b.webhook())
}

func switchOffWhileOff(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "gone"))
	require.Nil(t, b.webhook().SwitchedOff)
}

func switchOffOtherSave(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), b.bot, "gone"))
	w := b.save(store.WebhookChange{URL: new("https://new.example")})
	require.NotNil(t, w.SwitchedOff)
	w = b.save(store.WebhookChange{Enabled: new(false)})
	require.Nil(t, w.SwitchedOff)
	require.False(t, w.Enabled)
}
