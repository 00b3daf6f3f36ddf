package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var auditRules = map[string]func(*testing.T, Open){
	"entries are kept whole, newest first, of one bot or all": auditEntries,
}

// audited is the one entry about an act, of a bot or (uuid.Nil) of any.
func (b *bundle) audited(bot uuid.UUID, action string) store.AuditEntry {
	b.t.Helper()
	entries, err := b.AuditEntries(b.ctx(), bot, 1000)
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
	require.NoError(t, b.AddAudit(b.ctx(), store.AuditEntry{By: maria, Action: "house.look"}))
	entries, err := b.AuditEntries(b.ctx(), b.bot, 1)
	require.NoError(t, err)
	require.Equal(t, []store.AuditEntry{e}, entries)
	all, err := b.AuditEntries(b.ctx(), uuid.Nil, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"house.look", e.Action}, []string{all[0].Action, all[1].Action})
}
