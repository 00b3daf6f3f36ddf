package e2e

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// attemptTime is how long the server waits for an answer (contract, section 1).
const attemptTime = 30 * time.Second

// maxUptime is the longest that a server lives after its first accepted event before it is ended.
const maxUptime = 400 * time.Millisecond

// TestTortureKill kills the server at random moments while events come in and go out.
func TestTortureKill(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	for range tortureRounds {
		o.load()
		o.untilAccepted(1)
		time.Sleep(rand.N(maxUptime)) // the random moment is the point of this test
		o.kill()
		o.rest()
		o.start()
	}
	o.end("kill -9 at a random moment", tortureRounds, tortureRounds*inFlightPerBot)
}

// TestTortureFailPoints lets the server die at the two places where a crash may make a duplicate: after the commit and
// before the 202, and after the endpoint's answer and before its record.
func TestTortureFailPoints(t *testing.T) {
	t.Parallel()
	for point, perKill := range map[string]int{"after_commit": inFlightPerBot, "before_record": inFlightPerBot} {
		t.Run(point, func(t *testing.T) {
			o := newCrashRun(t, failpointBinary(t))
			env := o.env
			o.stop()
			for range tortureRounds {
				o.env = append(env, fmt.Sprintf("IOZEN_FAIL_AT=%s:%d", point, 1+rand.N(150)))
				o.start()
				o.load()
				o.dies()
				o.rest()
			}
			o.env = env
			o.start()
			o.end("killed at the point "+point, tortureRounds, tortureRounds*perKill)
		})
	}
}

// dies waits until a failpoint has ended the server.
func (h *installation) dies() {
	h.t.Helper()
	select {
	case <-h.exited:
	case <-time.After(patience):
		require.FailNow(h.t, "the server did not reach its end")
	}
	h.cmd = nil
}

// TestTortureTerminate ends the server politely under load: it exits with 0, loses nothing and sends nothing twice.
func TestTortureTerminate(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	for range tortureRounds {
		o.load()
		o.untilAccepted(1)
		time.Sleep(rand.N(maxUptime)) // likewise
		o.terminate()
		o.endsWell()
		o.rest()
		o.start()
	}
	o.end("SIGTERM under load", tortureRounds, 0)
}

// TestTortureFreeze stops the process for a time, as a suspended machine does, and lets it go on.
func TestTortureFreeze(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	o.load()
	for range tortureFreezes {
		o.untilAccepted(20)
		require.NoError(t, o.cmd.Process.Signal(syscall.SIGSTOP))
		time.Sleep(tortureFreeze) // how long it is frozen is the point of this test
		require.NoError(t, o.cmd.Process.Signal(syscall.SIGCONT))
	}
	o.untilAccepted(20)
	o.rest()
	// A request that was under way for more than 30 s when the process goes on has timed out, answered or not.
	mayBeDoubled := 0
	if tortureFreeze > attemptTime {
		mayBeDoubled = tortureFreezes * inFlightPerBot
	}
	o.end(fmt.Sprintf("frozen for %s (SIGSTOP) under load", tortureFreeze), tortureFreezes, mayBeDoubled)
}
