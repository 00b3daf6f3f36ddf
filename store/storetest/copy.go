package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var copyRules = map[string]func(*testing.T, Open){
	"another webhook gets what was chosen":                         copyChosen,
	"the switch, the secret and the history stay":                  copyLeaves,
	"one that has changed keeps its settings, the others get them": copyStale,
	"settings that have changed are not copied":                    copySourceStale,
	"a preview says the same and changes nothing":                  copyPreviewed,
	"what was copied is in the audit log of each":                  copyAudited,
	"a copy is taken back, whole":                                  copyUndone,
	"unless something was changed since":                           copyUndoStale,
	"hidden values come to another origin only with a note":        copyStrays,
	"and not for a caller who may not see them":                    copyStaysWithOrigin,
	"a deleted webhook gets nothing":                               copyToDeleted,
	"the same settings are no change":                              copySame,
}

// full is a bot whose webhook has something of each group, and its settings.
func (b *bundle) full(name string) (uuid.UUID, store.Webhook) {
	b.t.Helper()
	bot := b.newBot(name)
	w, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(bot), store.WebhookChange{
		Enabled: new(true), URL: new("https://full.example/hook"), Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer full")}},
		EventNames: &[]string{"Lead"}, RateLimit: new(2.5), Change: chosen.Change(), By: anna,
	})
	require.NoError(b.t, err)
	return bot, w
}

// copies copies settings, none of which may be refused as a whole.
func (b *bundle) copies(c store.WebhookCopy, to ...store.WebhookID) []store.CopyOutcome {
	b.t.Helper()
	for _, id := range to {
		c.To = append(c.To, store.CopyTarget{WebhookID: id})
	}
	c.By = maria
	outcomes, err := b.CopyWebhook(b.ctx(), c)
	require.NoError(b.t, err)
	require.Len(b.t, outcomes, len(c.To))
	return outcomes
}

func copyChosen(t *testing.T, open Open) {
	b := setup(t, open)
	from, source := b.full("Full")
	for _, group := range store.CopyGroups() {
		id := store.FirstWebhook(b.newBot(string(group)))
		before := b.read(id)
		o := b.copies(store.WebhookCopy{From: store.FirstWebhook(from), Groups: []store.CopyGroup{group}}, id)[0]
		require.NoError(t, o.Err)
		w := b.read(id)
		require.Equal(t, w, o.After.Webhook)
		require.Equal(t, before, o.Before)
		require.NotEmpty(t, o.Changed, group)
		for _, f := range o.Changed {
			require.True(t, group.Has(f), "%s changes %s", group, f)
			require.Equal(t, maria, w.FieldChanges[f].By)
		}
		require.Equal(t, []store.CopyGroup{group}, w.OwnGroups(), "that, and nothing else")
		switch group {
		case store.CopyURL:
			require.Equal(t, source.URL, w.URL)
		case store.CopyHeaders:
			require.Equal(t, source.Headers, w.Headers)
		case store.CopyEvents:
			require.Equal(t, source.EventNames, w.EventNames)
		case store.CopyRateLimit:
			require.Equal(t, source.RateLimit, w.RateLimit)
		case store.CopyFormat:
			require.Equal(t, option.Set{Format: chosen.Format, LeaveOut: chosen.LeaveOut}, w.Set)
		case store.CopyFilter, store.CopyConsent, store.CopySuccess:
			after, changed := chosen.Only(option.Name(group)).Apply(option.Set{})
			require.Len(t, changed, 1)
			require.Equal(t, after, w.Set)
		}
	}
}

func (b *bundle) read(id store.WebhookID) store.Webhook {
	b.t.Helper()
	w, err := b.Webhook(b.ctx(), id)
	require.NoError(b.t, err)
	return w
}

func copyLeaves(t *testing.T, open Open) {
	b := setup(t, open)
	from, source := b.full("Full")
	b.uses()
	b.save(store.WebhookChange{Enabled: new(false)})
	before, history := b.webhook(), b.history("", 0)
	o := b.copies(store.WebhookCopy{From: store.FirstWebhook(from), Groups: store.CopyGroups()}, before.WebhookID)[0]
	require.NoError(t, o.Err)
	w := b.webhook()
	require.False(t, w.Enabled)
	require.Equal(t, before.Secret, w.Secret)
	require.Equal(t, before.Version+1, w.Version)
	require.Equal(t, source.Set, w.Set)
	require.Equal(t, b.clock.Now(), w.QuietUntil, "nobody is typing")
	versions := b.history("", 0).Versions
	require.Equal(t, w.Version, versions[0].Version)
	require.Equal(t, history.Versions[1:], versions[1:], "what was sent with before is still there")
	again := b.read(store.FirstWebhook(from))
	require.Equal(t, source, again, "the source is only read")
}

func copyStale(t *testing.T, open Open) {
	b := setup(t, open)
	from, source := b.full("Full")
	one, two := store.FirstWebhook(b.newBot("One")), store.FirstWebhook(b.newBot("Two"))
	seen := b.read(one).Version
	_, err := b.SaveWebhook(b.ctx(), one, store.WebhookChange{URL: new("https://mine.example")})
	require.NoError(t, err)
	outcomes := b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyURL}, To: []store.CopyTarget{
		{WebhookID: one, IfVersion: &seen}, {WebhookID: two, IfVersion: new(b.read(two).Version)}, {WebhookID: store.FirstWebhook(b.newID())},
	}})
	var stale *store.StaleError
	require.ErrorAs(t, outcomes[0].Err, &stale)
	require.Equal(t, b.read(one), stale.Current)
	require.NoError(t, outcomes[1].Err)
	require.ErrorIs(t, outcomes[2].Err, store.ErrNotFound)
	require.Equal(t, "https://mine.example", b.read(one).URL)
	require.Equal(t, source.URL, b.read(two).URL)
	require.Equal(t, source, b.read(store.FirstWebhook(from)))
}

func copySourceStale(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	c := store.WebhookCopy{
		From: source.WebhookID, IfVersion: new(source.Version - 1), Groups: store.CopyGroups(), To: []store.CopyTarget{{WebhookID: store.FirstWebhook(b.bot)}},
	}
	before := b.webhook()
	var stale *store.StaleError
	for _, call := range []func(store.WebhookCopy) ([]store.CopyOutcome, error){
		func(c store.WebhookCopy) ([]store.CopyOutcome, error) { return b.CopyWebhook(b.ctx(), c) },
		func(c store.WebhookCopy) ([]store.CopyOutcome, error) { return b.PreviewCopy(b.ctx(), c) },
	} {
		_, err := call(c)
		require.ErrorAs(t, err, &stale)
		require.Equal(t, source, stale.Current)
		gone := c
		gone.From, gone.IfVersion = store.FirstWebhook(b.newID()), nil
		_, err = call(gone)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	require.Equal(t, before, b.webhook())
}

func copyPreviewed(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	c := store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), To: []store.CopyTarget{
		{WebhookID: store.FirstWebhook(b.bot)}, {WebhookID: source.WebhookID}, {WebhookID: store.FirstWebhook(b.newID())}, {WebhookID: store.FirstWebhook(b.bot), IfVersion: new(int64(77))},
	}, By: maria, Act: "act"}
	entries := func() []store.AuditEntry {
		all, err := AuditEntries(b.ctx(), b.DB, uuid.Nil, 200)
		require.NoError(t, err)
		return all
	}
	before, audited := b.webhook(), entries()
	shown, err := b.PreviewCopy(b.ctx(), c)
	require.NoError(t, err)
	require.Equal(t, before, b.webhook())
	require.Equal(t, audited, entries())
	c.To[3].IfVersion = new(before.Version) // by then it is at the next one
	done, err := b.CopyWebhook(b.ctx(), c)
	require.NoError(t, err)
	require.Equal(t, shown[:2], done[:2])
	require.ErrorIs(t, shown[2].Err, store.ErrNotFound)
	require.ErrorIs(t, done[2].Err, store.ErrNotFound)
	require.ErrorAs(t, shown[3].Err, new(*store.StaleError))
	require.ErrorAs(t, done[3].Err, new(*store.StaleError))
	require.Empty(t, shown[1].Changed, "a webhook is like itself")
}

func copyAudited(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	one, two := b.newBot("One"), b.newBot("Two")
	b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyHeaders, store.CopyFormat}}, store.FirstWebhook(one), store.FirstWebhook(two))
	for _, bot := range []uuid.UUID{one, two} {
		entry := b.audited(bot, "webhook.copy")
		require.Equal(t, maria.Name, entry.By.Name)
		require.Equal(t, "Full", entry.Target)
		require.Equal(t, "headers, format, leave_out", entry.Note)
	}
	named := b.saveAt(b.second(), store.WebhookChange{URL: new("https://slack.example")})
	b.copies(store.WebhookCopy{From: named.WebhookID, Groups: []store.CopyGroup{store.CopyURL}}, source.WebhookID)
	require.Equal(t, "Roofing quote bot · Slack", b.audited(source.BotID, "webhook.copy").Target)
	three := b.newBot("Three")
	b.save(store.WebhookChange{URL: new("https://first.example")})
	b.copies(store.WebhookCopy{From: store.FirstWebhook(b.bot), Groups: []store.CopyGroup{store.CopyURL}}, store.FirstWebhook(three))
	require.Equal(t, "Roofing quote bot · Endpoint 1", b.audited(three, "webhook.copy").Target)
}

func copyUndone(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	before := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-Mine", Value: new("1")}}, EventNames: &[]string{"Purchase"}})
	o := b.copies(store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), Act: "act"}, before.WebhookID)[0]
	require.NoError(t, o.Err)
	require.NotNil(t, b.webhook().Undo)
	undo := store.WebhookUndo{Version: o.After.Version, Edit: store.Edit{Tab: "another", Seq: 2, Run: 2}, By: anna}
	_, _, err := b.UndoWebhook(b.ctx(), before.WebhookID, undo)
	require.ErrorIs(t, err, store.ErrNotFound, "it is another's")
	undo.Edit.Tab = "act"
	w, fields, err := b.UndoWebhook(b.ctx(), before.WebhookID, undo)
	require.NoError(t, err)
	require.Equal(t, o.Changed, fields)
	require.Equal(t, before.URL, w.URL)
	require.Equal(t, before.Headers, w.Headers)
	require.Equal(t, before.EventNames, w.EventNames)
	require.Nil(t, w.RateLimit)
	require.Equal(t, before.Set, w.Set)
	require.True(t, w.Enabled)
	entry := b.audited(b.bot, "webhook.copy_undo")
	require.Equal(t, []string{anna.Name, "Full"}, []string{entry.By.Name, entry.Target})
	require.Equal(t, b.audited(b.bot, "webhook.copy").Note, entry.Note)
}

func copyUndoStale(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	o := b.copies(store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), Act: "act"}, store.FirstWebhook(b.bot))[0]
	b.save(store.WebhookChange{RateLimit: new(9.0)})
	_, _, err := b.UndoWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookUndo{Version: o.After.Version, Edit: store.Edit{Tab: "act", Seq: 2, Run: 2}})
	require.ErrorAs(t, err, new(*store.StaleError))
	require.Equal(t, source.URL, b.webhook().URL)
}

func copyStrays(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	o := b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyHeaders}}, store.FirstWebhook(b.bot))[0]
	require.NoError(t, o.Err)
	require.Equal(t, []string{"full.example", "crm.example.com"}, []string{o.After.LeakFrom, o.After.LeakTo})
	require.Equal(t, []string{"Authorization"}, o.After.Leaked)
	entry := b.audited(b.bot, "webhook.copy_origin")
	require.Equal(t, []string{"crm.example.com", "full.example: Authorization"}, []string{entry.Target, entry.Note})

	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-Mine", Value: new("1")}}})
	o = b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyURL}}, store.FirstWebhook(b.bot))[0]
	require.Equal(t, []string{"crm.example.com", "full.example"}, []string{o.After.LeakFrom, o.After.LeakTo})
	require.Equal(t, []string{"X-Mine"}, o.After.Leaked, "it was typed for the URL that was replaced")
	require.Equal(t, "full.example", b.audited(b.bot, "webhook.origin_change").Target)

	both := store.FirstWebhook(b.newBot("Both"))
	o = b.copies(store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups()}, both)[0]
	require.Empty(t, o.After.Leaked, "they go where they went")
	none := store.FirstWebhook(b.newBot("None"))
	o = b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyHeaders}}, none)[0]
	require.NoError(t, o.Err)
	require.Empty(t, o.After.Leaked, "they go nowhere")
}

func copyStaysWithOrigin(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	none := store.FirstWebhook(b.newBot("None"))
	outcomes := b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyHeaders}, StayWithOrigin: true}, store.FirstWebhook(b.bot), none)
	var keep *store.KeepError
	require.ErrorAs(t, outcomes[0].Err, &keep)
	require.Equal(t, store.KeepError{Name: "Authorization", Moved: true}, *keep)
	require.Empty(t, b.webhook().Headers)
	require.NoError(t, outcomes[1].Err)
	b.saveAt(none, store.WebhookChange{URL: new("")})
	_, err := b.SaveWebhook(b.ctx(), none, store.WebhookChange{URL: new("https://mine.example"), StayWithOrigin: true})
	require.ErrorAs(t, err, &keep, "nor later, by way of one that has no URL")

	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-Mine", Value: new("1")}}})
	outcomes = b.copies(store.WebhookCopy{From: source.WebhookID, Groups: []store.CopyGroup{store.CopyURL}, StayWithOrigin: true}, store.FirstWebhook(b.bot))
	require.ErrorAs(t, outcomes[0].Err, &keep)
	require.Equal(t, "X-Mine", keep.Name)
	outcomes = b.copies(store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), StayWithOrigin: true}, store.FirstWebhook(b.bot))
	require.NoError(t, outcomes[0].Err, "both together go where they went")
	require.Equal(t, source.Headers, b.webhook().Headers)
}

func copyToDeleted(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	second := b.second()
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.ErrorIs(t, b.copies(store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups()}, second)[0].Err, store.ErrNotFound)
	require.NoError(t, b.DeleteBot(b.ctx(), source.BotID, maria))
	_, err := b.CopyWebhook(b.ctx(), store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), To: []store.CopyTarget{{WebhookID: store.FirstWebhook(b.bot)}}})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func copySame(t *testing.T, open Open) {
	b := setup(t, open)
	_, source := b.full("Full")
	c := store.WebhookCopy{From: source.WebhookID, Groups: store.CopyGroups(), Act: "act"}
	first := b.copies(c, store.FirstWebhook(b.bot))[0]
	c.Act = "again"
	again := b.copies(c, store.FirstWebhook(b.bot))[0]
	require.NoError(t, again.Err)
	require.Empty(t, again.Changed)
	require.Equal(t, first.After.Version, again.After.Version)
	b.audited(b.bot, "webhook.copy")
}
