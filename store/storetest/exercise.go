// Package storetest is what a database must prove before ioZen runs on it: every rule of the store, told through
// its exported methods alone, so that the same tests run against each database. It never looks at a table.
package storetest

import (
	"testing"

	"iozen/store"
)

// Open opens an empty database for one test and closes it when the test ends. What change alters is what the
// database is opened with; it also lets a test learn the rest.
type Open func(t testing.TB, change ...func(*store.Config)) *store.DB

// Exercise proves the rules, each in a database of its own.
func Exercise(t *testing.T, open Open) {
	for subject, rules := range map[string]map[string]func(*testing.T, Open){
		"accept":    acceptRules,
		"backlog":   backlogRules,
		"claims":    claimRules,
		"lanes":     laneRules,
		"settle":    settleRules,
		"attempts":  attemptRules,
		"health":    healthRules,
		"counters":  counterRules,
		"test":      testEventRules,
		"resend":    resendRules,
		"resendall": resendAllRules,
		"release":   releaseRules,
		"erase":     eraseRules,
		"held":      heldRules,
		"holding":   holdingRules,
		"recover":   recoverRules,
		"settings":  settingsRules,
		"merging":   mergingRules,
		"undo":      undoRules,
		"headers":   headerRules,
		"versions":  versionRules,
		"history":   historyRules,
		"secrets":   secretRules,
		"settling":  settlingRules,
		"switchoff": switchOffRules,
		"bots":      botRules,
		"lists":     listRules,
		"filters":   filterRules,
		"search":    searchRules,
		"person":    personRules,
		"retention": retentionRules,
		"sweep":     sweepRules,
		"keeper":    housekeeperRules,
		"accounts":  accountRules,
		"powers":    powerRules,
		"invited":   invitationRules,
		"factor":    secondFactorRules,
		"keys":      keyRules,
		"sessions":  sessionRules,
		"audit":     auditRules,
		"model":     modelRules,
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
