//go:build torture

package e2e

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// longestPause is the longest time for which a server is paused: longer than it takes until the others declare it dead.
const longestPause = 16 * time.Second

// TestTortureReplicasChaos troubles three servers and their PostgreSQL at random, also PostgreSQL while a server is paused.
func TestTortureReplicasChaos(t *testing.T) {
	t.Parallel()
	server := pgtest.StartFor(t)
	r := startReplicas(t, 3, server.Empty(t))
	troubles := map[string]func(*installation){ // a random one at a time: maps have no order
		"killed":     func(h *installation) { h.kill(); h.start() },
		"terminated": func(h *installation) { h.stop(); h.start() },
		"paused":     func(h *installation) { h.pause(rand.N(longestPause), func() {}) },
		"paused while connections are cut": func(h *installation) {
			h.pause(rand.N(longestPause), func() { server.CutAll(t, r.at) })
		},
		"PostgreSQL crashes":  func(*installation) { server.Crash(t) },
		"connections are cut": func(*installation) { server.CutAll(t, r.at) },
	}
	r.load()
	for left := replicaRounds; left > 0; {
		for name, trouble := range troubles {
			n := rand.N(len(r.each))
			t.Logf("%s server %d: %s", time.Now().UTC().Format(time.TimeOnly), n, name)
			r.untilAccepted(rand.N(50))
			trouble(r.each[n])
			left--
		}
	}
	r.untilAccepted(50)
	r.rest()
	rounds := (replicaRounds + len(troubles) - 1) / len(troubles) * len(troubles)
	r.end("three servers and PostgreSQL troubled at random", rounds, rounds*inFlightPerBot)
}

// pause stops the process for a time, and does something in the middle of it.
func (h *installation) pause(long time.Duration, meanwhile func()) {
	h.t.Helper()
	require.NoError(h.t, h.cmd.Process.Signal(syscall.SIGSTOP))
	time.Sleep(long / 2)
	meanwhile()
	time.Sleep(long / 2)
	require.NoError(h.t, h.cmd.Process.Signal(syscall.SIGCONT))
}
