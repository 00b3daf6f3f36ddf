package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var webhooksRules = map[string]func(*testing.T, Open){
	"numbers are never reused, and the first one stays":            webhooksNumbers,
	"there are twenty at most":                                     webhooksMany,
	"they are renamed and put in order":                            webhooksOrder,
	"settings, history and secrets are each one's own, and sealed": webhooksSettings,
	"one is added with its settings, or not at all":                webhooksAddWith,
	"a name is saved along with settings, and makes no version":    webhooksNamed,
	"their names are known, those of deleted ones too":             webhooksNames,
	"each has its own figures":                                     webhooksFigures,
	"only those in trouble are listed as such":                     webhooksTroubled,
	"each is called by its name where there are others":            webhooksCalledAmong,
	"home lists a bot by the worst of them":                        webhooksHome,
	"the audit log says to which of them something was done":       webhooksAudited,
	"a notification says which of them it is about":                webhooksNotified,
}

// second gives the bundle's bot another webhook that sends.
func (b *bundle) second() store.WebhookID {
	b.t.Helper()
	w, err := b.AddWebhook(b.ctx(), b.bot, "Slack", maria)
	require.NoError(b.t, err)
	b.saveAt(w.WebhookID, store.WebhookChange{Enabled: new(true), URL: new("https://hooks.example.com/slack")})
	return w.WebhookID
}

func (b *bundle) saveAt(id store.WebhookID, c store.WebhookChange) store.Webhook {
	b.t.Helper()
	c.By = maria
	w, err := b.SaveWebhook(b.ctx(), id, c)
	require.NoError(b.t, err)
	return w
}

func webhooksNumbers(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	require.Equal(t, 2, second.N)
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Equal(t, 3, b.second().N)
	require.ErrorIs(t, b.DeleteWebhook(b.ctx(), second, maria), store.ErrNotFound)
	require.ErrorIs(t, b.DeleteWebhook(b.ctx(), store.FirstWebhook(b.bot), maria), store.ErrFirstWebhook)
	_, err := b.Webhook(b.ctx(), second)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.AddWebhook(b.ctx(), b.newID(), "x", maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func webhooksMany(t *testing.T, open Open) {
	b := setup(t, open)
	for range store.MaxWebhooks - 1 {
		b.second()
	}
	_, err := b.AddWebhook(b.ctx(), b.bot, "one more", maria)
	require.ErrorIs(t, err, store.ErrTooMany)
	require.NoError(t, b.DeleteWebhook(b.ctx(), store.WebhookID{BotID: b.bot, N: 5}, maria))
	require.Equal(t, store.MaxWebhooks+1, b.second().N)
	require.Len(t, b.acceptAll(b.event("lead")), store.MaxWebhooks)
}

func (b *bundle) webhookNumbers() (numbers []int) {
	b.t.Helper()
	all, err := b.Webhooks(b.ctx(), b.bot)
	require.NoError(b.t, err)
	for _, w := range all {
		numbers = append(numbers, w.N)
	}
	return numbers
}

func webhooksOrder(t *testing.T, open Open) {
	b := setup(t, open)
	second, third := b.second(), b.second()
	require.Equal(t, []int{1, 2, 3}, b.webhookNumbers())
	require.NoError(t, b.OrderWebhooks(b.ctx(), b.bot, []int{3, 1, 2}, maria))
	require.Equal(t, []int{3, 1, 2}, b.webhookNumbers())
	for _, wrong := range [][]int{{1, 2}, {1, 2, 3, 3}, {1, 2, 4}, nil} {
		require.ErrorIs(t, b.OrderWebhooks(b.ctx(), b.bot, wrong, maria), store.ErrOtherWebhooks)
	}
	require.NoError(t, b.RenameWebhook(b.ctx(), third, "CRM", maria))
	all, err := b.Webhooks(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, []string{"CRM", "", "Slack"}, []string{all[0].Name, all[1].Name, all[2].Name})
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Equal(t, []int{3, 1}, b.webhookNumbers())
}

func webhooksSettings(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	headers := []store.HeaderChange{{Name: "Authorization", Value: new("Bearer slack")}}
	w := b.saveAt(second, store.WebhookChange{Headers: &headers})
	require.Equal(t, "Bearer slack", w.Headers[0].Value)
	require.Empty(t, b.webhook().Headers)
	require.NotEqual(t, b.webhook().Secret, w.Secret)
	rotated, err := b.RotateSecret(b.ctx(), second, maria)
	require.NoError(t, err)
	require.Equal(t, w.Secret, rotated.PreviousSecret)
	require.Empty(t, b.webhook().PreviousSecret)
	page, err := b.WebhookVersions(b.ctx(), second, "", 10)
	require.NoError(t, err)
	require.Equal(t, w.Version, page.Versions[0].Version)
	require.Equal(t, w.Headers, page.Versions[0].Headers)
}

func webhooksAddWith(t *testing.T, open Open) {
	b := setup(t, open)
	w, err := b.AddWebhookWith(b.ctx(), b.bot, store.WebhookChange{
		Name: new("CRM"), Enabled: new(true), URL: new("https://crm.example.com/2"), Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, By: maria,
	})
	require.NoError(t, err)
	require.Equal(t, []any{2, "CRM", true, "https://crm.example.com/2", "1"}, []any{w.N, w.Name, w.Enabled, w.URL, w.Headers[0].Value})
	require.Equal(t, store.Queued, b.acceptAll(b.event("lead"))[1].Status)
	_, err = b.AddWebhookWith(b.ctx(), b.bot, store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A"}}, By: maria})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, []int{1, 2}, b.webhookNumbers())
}

func webhooksNamed(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	before, err := b.Webhook(b.ctx(), second)
	require.NoError(t, err)
	saved := b.saveAt(second, store.WebhookChange{Name: new("CRM")})
	require.Equal(t, []any{"CRM", before.Version}, []any{saved.Name, saved.Version})
	saved = b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	require.Equal(t, "CRM", saved.Name, "no name, no change of it")
	stale := before.Version
	_, err = b.ChangeWebhook(b.ctx(), second, store.WebhookChange{IfVersion: &stale, Name: new("Lost"), By: maria})
	var conflict *store.StaleError
	require.ErrorAs(t, err, &conflict)
	after, err := b.Webhook(b.ctx(), second)
	require.NoError(t, err)
	require.Equal(t, "CRM", after.Name)
}

func webhooksNames(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	third, err := b.AddWebhook(b.ctx(), b.bot, "", maria)
	require.NoError(t, err)
	require.NoError(t, b.OrderWebhooks(b.ctx(), b.bot, []int{3, 2, 1}, maria))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	names, err := b.WebhookNames(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, []store.WebhookName{
		{N: third.N}, {N: 1, URL: b.webhook().URL}, {N: 2, Name: "Slack", URL: "https://hooks.example.com/slack", Deleted: true},
	}, names)
	require.Equal(t, []string{"Endpoint 3", "Endpoint 1", "Slack"}, []string{names[0].Label(), names[1].Label(), names[2].Label()})
	none, err := b.WebhookNames(b.ctx(), b.newID())
	require.NoError(t, err)
	require.Empty(t, none)
}

func webhooksFigures(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead"))
	b.settle(delivered(b, b.claimAt(second, 1)[0]))
	sums := map[string]int{}
	for _, id := range []store.WebhookID{store.FirstWebhook(b.bot), second} {
		hours, err := b.WebhookHours(b.ctx(), id, began.Add(-time.Hour), began.Add(time.Hour))
		require.NoError(t, err)
		for _, h := range hours {
			sums[h.Kind+" "+id.String()] += h.N
		}
	}
	require.Equal(t, 1, sums[store.CountDelivered+" "+second.String()])
	require.Zero(t, sums[store.CountDelivered+" "+store.FirstWebhook(b.bot).String()])
}

func webhooksTroubled(t *testing.T, open Open) {
	b := setup(t, open)
	switchedOff, failing, deleted, holding := b.second(), b.second(), b.second(), b.second()
	b.second()
	b.saveAt(holding, store.WebhookChange{Enabled: new(false)})
	b.acceptAll(b.event("lead"))
	for range 5 {
		b.acceptAll(b.event(b.newID().String()))
	}
	for _, id := range []store.WebhookID{failing, deleted} {
		for _, c := range b.claimAt(id, 10) {
			b.settle(failed(b, c, 500))
		}
	}
	require.NoError(t, b.SwitchOff(b.ctx(), switchedOff, "gone"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), deleted, maria))
	listed := func(read func(context.Context, int) ([]store.BotState, error)) (ids []store.WebhookID) {
		states, err := read(b.ctx(), 10)
		require.NoError(t, err)
		for _, s := range states {
			ids = append(ids, s.WebhookID())
		}
		return ids
	}
	require.Equal(t, []store.WebhookID{switchedOff, failing}, listed(b.TroubledBots), "not their neighbours")
	require.Equal(t, []store.WebhookID{switchedOff, failing, holding}, listed(b.BotsNeedingAttention))
}

func webhooksCalledAmong(t *testing.T, open Open) {
	b := setup(t, open)
	endpoint := func(id store.WebhookID) string {
		t.Helper()
		state, err := b.BotState(b.ctx(), id)
		require.NoError(t, err)
		return state.Endpoint
	}
	first := store.FirstWebhook(b.bot)
	require.Empty(t, endpoint(first), "it is the only one")
	second := b.second()
	require.Equal(t, []string{"Endpoint 1", "Slack"}, []string{endpoint(first), endpoint(second)})
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Empty(t, endpoint(first), "it is the only one again")
}

func webhooksHome(t *testing.T, open Open) {
	b := setup(t, open)
	several := b.bot
	b.acceptFor(b.newBot("it only holds events"), b.events(2)...)
	second, third := b.second(), b.second()
	require.NoError(t, b.OrderWebhooks(b.ctx(), several, []int{third.N, second.N, 1}, maria))
	b.acceptAll(b.event("lead"))
	b.settle(failed(b, b.claimAt(second, 1)[0], 500))
	first := func() store.BotSummary {
		t.Helper()
		bots, _, err := b.HomeBots(b.ctx(), "", 0)
		require.NoError(t, err)
		return bots[0]
	}
	found := first()
	require.Equal(t, []any{several, "Endpoint 1"}, []any{found.ID, found.Endpoint})
	require.Len(t, found.Others, 2)
	require.Equal(t, []int{third.N, second.N}, []int{found.Others[0].N, found.Others[1].N})
	require.False(t, found.Others[1].Health.FailingSince.IsZero())
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	b.sweep()
	require.NotEqual(t, several, first().ID, "the one that failed is gone")
}

func webhooksAudited(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead"))
	failedOne := b.claimAt(second, 1)[0]
	b.settle(failed(b, failedOne, 401))
	_, err := b.Resend(b.ctx(), b.bot, failedOne.ID, maria)
	require.NoError(t, err)
	_, err = b.RotateSecret(b.ctx(), second, maria)
	require.NoError(t, err)
	_, err = b.EndSecretOverlap(b.ctx(), second, maria)
	require.NoError(t, err)
	_, err = b.AcceptSample(b.ctx(), second, b.sample(), maria)
	require.NoError(t, err)
	require.NoError(t, b.LeaveHeld(b.ctx(), second, maria))
	_, err = b.StartRelease(b.ctx(), second, maria)
	require.NoError(t, err)
	require.NoError(t, b.RenameWebhook(b.ctx(), second, "Sales", maria))
	require.NoError(t, b.SwitchOff(b.ctx(), second, "gone"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	for _, action := range []string{
		"webhook.add", "delivery.resend", "webhook.rotate_secret", "webhook.end_old_secret", "delivery.sample", "held.leave", "held.send", "webhook.rename",
		"webhook.switch_off", "webhook.delete",
	} {
		require.Equal(t, second.N, b.audited(b.bot, action).N, action)
	}
}

func webhooksNotified(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	change := store.AlertChange{WebhookID: second, Kind: "failing", Holds: true}
	require.NoError(t, b.ChangeAlerts(b.ctx(), []store.AlertChange{change}, false, func([]store.AlertChange) []store.Notification {
		return []store.Notification{{ID: b.newID(), Kind: "failing", BotID: b.bot, N: second.N}}
	}))
	told, err := b.Notifications(b.ctx(), 1)
	require.NoError(t, err)
	require.Equal(t, second, store.WebhookID{BotID: told[0].BotID, N: told[0].N})
}
