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

var torturesTold struct {
	sync.Mutex
	rows []tortureRow
}

func noteTorture(r tortureRow) {
	torturesTold.Lock()
	defer torturesTold.Unlock()
	torturesTold.rows = append(torturesTold.rows, r)
}

// writeTorture writes the figures of a whole run to docs/torture.md.
func writeTorture() error {
	torturesTold.Lock()
	defer torturesTold.Unlock()
	return writeTortureTable("../docs/torture.md", torturesTold.rows)
}
