// Package storetest is what a database must prove before ioZen runs on it: every rule of the store, tested through
// its exported methods alone, so that the same tests run against each database. It never looks at a table.
package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

// Open opens an empty database for one test and closes it when the test ends. What change alters is what the
// database is opened with; it also lets a test learn the rest.
type Open func(t testing.TB, change ...func(*db.Config)) *db.DB

// Exercise proves the rules, each in a database of its own.
func Exercise(t *testing.T, open Open) {
	for subject, rules := range map[string]map[string]func(*testing.T, Open){
		"accept":      acceptRules,
		"reserve":     reserveRules,
		"backlog":     backlogRules,
		"claims":      claimRules,
		"lanes":       laneRules,
		"settle":      settleRules,
		"attempts":    attemptRules,
		"health":      healthRules,
		"counters":    counterRules,
		"test":        testEventRules,
		"sample":      sampleRules,
		"resend":      resendRules,
		"resendall":   resendAllRules,
		"release":     releaseRules,
		"takeback":    takeBackRules,
		"erase":       eraseRules,
		"held":        heldRules,
		"holding":     holdingRules,
		"recover":     recoverRules,
		"settings":    settingsRules,
		"merging":     mergingRules,
		"undo":        undoRules,
		"headers":     headerRules,
		"versions":    versionRules,
		"history":     historyRules,
		"secrets":     secretRules,
		"webhooks":    webhooksRules,
		"events":      eventsOfWebhooksRules,
		"deleted":     deletedWebhooksRules,
		"copy":        copyRules,
		"newbots":     newBotRules,
		"settling":    settlingRules,
		"switchoff":   switchOffRules,
		"bots":        botRules,
		"lists":       listRules,
		"filters":     filterRules,
		"search":      searchRules,
		"person":      personRules,
		"retention":   retentionRules,
		"sweep":       sweepRules,
		"maintenance": maintenanceRules,
		"accounts":    accountRules,
		"powers":      powerRules,
		"invited":     invitationRules,
		"factor":      secondFactorRules,
		"keys":        keyRules,
		"sessions":    sessionRules,
		"audit":       auditRules,
		"model":       modelRules,
	} {
		t.Run(subject, func(t *testing.T) {
			for name, rule := range rules {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					rule(t, open)
				})
			}
		})
	}
}

// requireConsistent counts the rows of every bot and holds the counts that the store keeps beside them against
// it: how many wait and are held, of each bot and in all.
func (b *bundle) requireConsistent() {
	b.t.Helper()
	b.sweep() // a deleted bot's rows are in no list, but are counted until they go
	waiting := 0
	f := store.BotFilter{Limit: 200}
	for {
		page, err := b.Bots(b.ctx(), f)
		require.NoError(b.t, err)
		for _, bot := range page.Bots {
			require.Equal(b.t, b.countRows(bot.ID, store.Queued, store.Sending, store.Retrying), bot.Waiting, "waiting of bot %s", bot.Name)
			require.Equal(b.t, b.countRows(bot.ID, store.Held), bot.Held, "held of bot %s", bot.Name)
			waiting += bot.Waiting
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	require.Equal(b.t, waiting, b.Waiting(), "waiting of all bots")
	b.requireSchedules()
}

// requireSchedules holds every delivery's time against its state: what waits has one, and nothing else.
func (b *bundle) requireSchedules() {
	b.t.Helper()
	for _, d := range b.list(store.DeliveryFilter{}) {
		waits := d.Status == store.Queued || d.Status == store.Sending || d.Status == store.Retrying
		require.Equal(b.t, waits, !d.DueAt.IsZero(), "delivery %s is %s and due at %s", d.EventID, d.Status, d.DueAt)
	}
}

func (b *bundle) countRows(bot uuid.UUID, of ...store.Status) int {
	b.t.Helper()
	return len(b.list(store.DeliveryFilter{BotID: bot, Status: of}))
}

// sweep removes all that is left of deleted bots.
func (b *bundle) sweep() {
	b.t.Helper()
	for {
		n, err := b.Sweep(b.ctx(), 100)
		require.NoError(b.t, err)
		if n == 0 {
			return
		}
	}
}
