//go:build torture

package e2e

import (
	"os"
	"strconv"
	"sync"
	"time"
)

// tortureRounds is what ROUNDS of make torture says; 100 unless it is set.
var tortureRounds = func() int {
	if n, err := strconv.Atoi(os.Getenv("IOZEN_TORTURE_ROUNDS")); err == nil {
		return n
	}
	return 100
}()

const (
	tortureTroubles = 10
	tortureFreezes  = 3
	tortureFreeze   = 95 * time.Second // longer than a lease
	tortureLock     = time.Minute
	tortureSyncs    = 2000
)

// replicaRounds are those that wait until somebody is declared dead.
var replicaRounds = max(1, tortureRounds/5)

var tortureRows struct {
	sync.Mutex
	rows []tortureRow
}

func noteTorture(r tortureRow) {
	tortureRows.Lock()
	defer tortureRows.Unlock()
	tortureRows.rows = append(tortureRows.rows, r)
}

// writeTorture writes the figures of a whole run to docs/torture.md.
func writeTorture() error {
	tortureRows.Lock()
	defer tortureRows.Unlock()
	return writeTortureTable("../docs/torture.md", tortureRows.rows)
}
