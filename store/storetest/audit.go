package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

var auditRules = map[string]func(*testing.T, Open){
	"entries are kept whole, newest first, of one bot or all": auditEntries,
	"acts of one moment stay in order":                        auditOrder,
	"what one open page types is one act":                     auditSettings,
	"what an account did and what was done to it":             auditAccount,
}

// audited is the one entry about an act, of a bot or (uuid.Nil) of any.
func (b *bundle) audited(bot uuid.UUID, action string) store.AuditEntry {
	b.t.Helper()
	entries, err := AuditEntries(b.ctx(), b.DB, bot, 200)
	require.NoError(b.t, err)
	entries = slices.DeleteFunc(entries, func(e store.AuditEntry) bool { return e.Action != action })
	require.Len(b.t, entries, 1, action)
	return entries[0]
}

func auditEntries(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Second)
	e := store.AuditEntry{By: store.Actor{Name: anna.Name, IP: "192.0.2.1"}, Action: "webhook.reveal_headers", BotID: b.bot, Target: "headers", Note: "n"}
	require.NoError(t, b.AddAudit(b.ctx(), e))
	got := b.audited(b.bot, e.Action)
	e.ID, e.At = got.ID, b.clock.Now()
	require.Equal(t, e, got)
	b.clock.Add(time.Second)
	require.NoError(t, b.AddAudit(b.ctx(), store.AuditEntry{By: maria, Action: "server.look"}))
	entries, err := AuditEntries(b.ctx(), b.DB, b.bot, 1)
	require.NoError(t, err)
	require.Equal(t, []store.AuditEntry{e}, entries)
	all, err := AuditEntries(b.ctx(), b.DB, uuid.Nil, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"server.look", e.Action}, []string{all[0].Action, all[1].Action})
}

func auditOrder(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	for _, action := range []string{"a", "b", "c", "d"} {
		require.NoError(t, h.AddAudit(t.Context(), store.AuditEntry{Action: action}))
	}
	require.Equal(t, []string{"d", "c", "b", "a"}, h.acts()[:4])
}

func auditSettings(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	bot, err := h.CreateBot(t.Context(), "Quiz", operator)
	require.NoError(t, err)
	save := func(c store.WebhookChange) {
		c.By = store.Actor{Name: "maria@acme.example", IP: "192.0.2.1"}
		_, err := h.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), c)
		require.NoError(t, err)
	}
	on, off := true, false
	first, second, third := "https://a.example", "https://a.example/hook", "https://b.example"
	save(store.WebhookChange{URL: &first, Edit: &store.Edit{Tab: "one", Seq: 1}})
	save(store.WebhookChange{URL: &second, Edit: &store.Edit{Tab: "one", Seq: 2}})
	save(store.WebhookChange{URL: &third, Edit: &store.Edit{Tab: "two", Seq: 1}})
	save(store.WebhookChange{Enabled: &on, EventNames: &[]string{"Lead"}})
	save(store.WebhookChange{Enabled: &off})

	entries, err := AuditEntries(t.Context(), h.DB, bot.ID, 10)
	require.NoError(t, err)
	var said []string
	for _, e := range entries {
		said = append(said, e.Action+" "+e.Note)
	}
	require.Equal(t, []string{
		"webhook.disable ", "webhook.change event_names", "webhook.enable ",
		"webhook.change url", "webhook.change url", "bot.create ",
	}, said, "what one open page types is one act")
	require.Equal(t, "192.0.2.1", entries[0].By.IP)
}

func auditAccount(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	add := func(by, target, action string) {
		h.clock.Add(time.Second)
		require.NoError(t, h.AddAudit(t.Context(), store.AuditEntry{By: store.Actor{Name: by}, Target: target, Action: action}))
	}
	for i := range 4 { // by whom, to whom, both, neither
		add("maria", "tom", "a")
		add("tom", "maria", "b")
		add("maria", "maria", []string{"c", "d"}[i%2])
		add("tom", "tom", "e")
	}
	actions := func(f store.AuditFilter) (list string, next, prev string) {
		read, err := h.Audit(t.Context(), f)
		require.NoError(t, err)
		for _, e := range read.Entries {
			list += e.Action
		}
		return list, read.Next, read.Prev
	}
	all, next, _ := actions(store.AuditFilter{Account: "maria"})
	require.Equal(t, "dbacbadbacba", all, "each act once, newest first")
	require.Empty(t, next)
	some, _, _ := actions(store.AuditFilter{Account: "maria", Actions: []string{"c", "d", "e"}})
	require.Equal(t, "dcdc", some)

	first, older, _ := actions(store.AuditFilter{Account: "maria", Limit: 5})
	second, oldest, _ := actions(store.AuditFilter{Account: "maria", Limit: 5, Cursor: older})
	third, none, newer := actions(store.AuditFilter{Account: "maria", Limit: 5, Cursor: oldest})
	require.Equal(t, all, first+second+third)
	require.Empty(t, none)
	back, _, _ := actions(store.AuditFilter{Account: "maria", Limit: 5, Cursor: newer})
	require.Equal(t, second, back)
}

// AuditEntries reads the newest entries of the audit log, of one bot or (uuid.Nil) of all, for tests that look at what an
// act has left there.
func AuditEntries(ctx context.Context, db *db.DB, botID uuid.UUID, limit int) ([]store.AuditEntry, error) {
	read, err := db.Audit(ctx, store.AuditFilter{BotID: botID, Limit: limit})
	return read.Entries, err
}
