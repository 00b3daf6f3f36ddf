package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTortureClock steps the server's wall clock back and forth by hours and years while events come in, go out and are
// retried, and sets it back before a restart: nothing stands still, nothing is sent twice.
func TestTortureClock(t *testing.T) {
	t.Parallel()
	clock := filepath.Join(t.TempDir(), "clock")
	set := func(step time.Duration) { require.NoError(t, writeClock(clock, step)) }
	set(0)
	o := newCrashRun(t, failpointBinary(t), "IOZEN_WALL_CLOCK="+clock)
	tried := map[string]bool{}
	o.endpoint.refuse = func(delivery string) bool { // the first try of some
		again := tried[delivery]
		tried[delivery] = true
		return !again && delivery[len(delivery)-1] < '5'
	}
	o.load()
	for range tortureTroubles {
		for _, step := range []time.Duration{time.Hour, -time.Hour, 0, 26 * time.Hour, -26 * time.Hour, 8760 * time.Hour, 0, 87_600 * time.Hour, -8760 * time.Hour, 0} {
			set(step)
			o.untilAccepted(100)
		}
	}
	release := o.endpoint.holdAnswers()
	o.untilAccepted(100) // these wait when the process ends
	o.kill()
	o.rest()
	release()
	set(-48 * time.Hour)
	o.start()
	o.end("wall clock stepped by hours", tortureTroubles, inFlightPerBot)
}

// writeClock says how far the wall clock of a server is ahead whose IOZEN_WALL_CLOCK is that file.
func writeClock(file string, ahead time.Duration) error {
	return os.WriteFile(file, []byte(ahead.String()), 0o600)
}
