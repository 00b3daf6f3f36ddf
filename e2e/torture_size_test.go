//go:build !torture

package e2e

import "time"

// In every run a few rounds are enough to catch a rule that is simply broken; make torture (tag torture) does many more.
const (
	tortureRounds   = 3
	tortureTroubles = 1
	tortureFreezes  = 1
	tortureFreeze   = time.Second
	tortureLock     = 7 * time.Second // longer than the server waits for a lock
	tortureSyncs    = 40
	replicaRounds   = 1 // of those that wait until somebody is declared dead
)

// noteTorture does nothing here: only make torture writes a report.
func noteTorture(tortureRow) {}

func writeTorture() error { return nil }
