package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// What follows is tried with real processes, whose times are those of the product: 12 s of silence until one is declared dead.

// TestTortureReplicas: two and three servers share the load, and what is posted to all of them at once is one event.
func TestTortureReplicas(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := startReplicas(t, n, pgtest.Empty(t))
			r.pause = 0
			r.load()
			for i, b := range r.proxy.servers {
				r.until(fmt.Sprint("server ", i, " accepts and sends"), func(int, int) bool {
					return b.accepted.Load() >= 50 && r.each[i].attempts() >= 50
				})
			}
			for round := range tortureRounds {
				r.untilAccepted(100)
				release := r.endpoint.holdAnswers()
				r.oneEventForAll(fmt.Sprint("same-", round))
				r.untilAccepted(2 * inFlightPerBot)
				release()
			}
			r.rest()
			require.LessOrEqual(t, r.endpoint.most, inFlightPerBot, "the bound holds for all together")
			r.end(fmt.Sprintf("%d servers share the load", n), tortureRounds, 0)
			for _, h := range r.each {
				require.NotContains(t, h.log.String(), "level=ERROR")
				require.NotContains(t, h.log.String(), "silent")
			}
		})
	}
}

// oneEventForAll posts one event to all servers at once: one takes it, and the others know it.
func (r *replicas) oneEventForAll(eventID string) {
	r.t.Helper()
	var mu sync.Mutex
	took, deliveries := 0, map[string]bool{}
	var posting sync.WaitGroup
	for _, h := range r.each {
		posting.Go(func() {
			direct := api{t: r.t, base: h.URL, key: r.owner.key}
			status, answer, err := direct.try("POST", "/v1/bots/"+r.bot+"/events", fmt.Appendf(nil, givenEvent, eventID))
			var said struct {
				Events []struct {
					Status     string
					DeliveryID string `json:"delivery_id"`
				}
			}
			if err != nil || status != http.StatusAccepted || json.Unmarshal(answer, &said) != nil || len(said.Events) != 1 {
				r.t.Errorf("posting one event to all: %d %s %v", status, answer, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if said.Events[0].Status != "duplicate" {
				took++
			}
			deliveries[said.Events[0].DeliveryID] = true
		})
	}
	posting.Wait()
	require.Equal(r.t, 1, took, "who took it")
	require.Len(r.t, deliveries, 1)
	for delivery := range deliveries {
		r.ledger.promise(eventID, delivery)
	}
}

// TestTortureReplicasKilled kills servers, also while their requests wait for an answer: the others send what they had claimed, long
// before that runs out.
func TestTortureReplicasKilled(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.load()
	for round := range replicaRounds {
		release := r.moment(round)
		h := r.each[round%2]
		h.kill()
		killed := time.Now()
		release()
		r.takenOver(killed)
		r.untilAccepted(50)
		h.start()
		r.members(2)
	}
	r.rest()
	r.end("one of two servers killed", replicaRounds, replicaRounds*inFlightPerBot)
}

// moment waits for one at which to trouble a server: while its requests wait for answers, which come with release; in other
// rounds at random.
func (r *replicas) moment(round int) (release func()) {
	r.t.Helper()
	r.untilAccepted(50)
	if round/2%2 == 1 {
		time.Sleep(rand.N(maxUptime))
		return func() {}
	}
	release = r.endpoint.holdAnswers()
	r.untilAccepted(100)
	return release
}

// takenOver waits until all that was accepted so far is recorded as delivered: also what had been sent by a process that could not
// say so any more.
func (r *replicas) takenOver(since time.Time) {
	r.t.Helper()
	last := pgtest.Ask(r.t, r.at, `SELECT MAX(number) AS number FROM deliveries`)["number"]
	open := fmt.Sprint(`SELECT COUNT(*) AS open FROM deliveries WHERE status <> 'delivered' AND number <= `, last)
	require.Eventually(r.t, func() bool { return pgtest.Ask(r.t, r.at, open)["open"] == 0 }, patience, 100*time.Millisecond)
	took := time.Since(since)
	r.t.Logf("what it had claimed was delivered after %s", took.Round(100*time.Millisecond))
	require.Less(r.t, took, shorterThanALease, "it was not released, but has run out")
}

// TestTortureReplicasRestartedInTurn ends servers politely and starts them again: nothing is lost, nothing comes twice.
func TestTortureReplicasRestartedInTurn(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.pause = 0
	r.load()
	for round := range tortureRounds {
		r.untilAccepted(50)
		h := r.each[round%2]
		h.stop()
		r.untilAccepted(50)
		h.start()
		r.members(2)
	}
	r.rest()
	r.end("servers restarted in turn (SIGTERM)", tortureRounds, 0)
}

// TestTortureReplicasPaused stops a server until it was declared dead and others have sent what it had. When it goes on, it
// finds itself out, writes nothing of what it had, and joins the others again.
func TestTortureReplicasPaused(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.load()
	for round := range replicaRounds {
		release := r.moment(round)
		h, other := r.each[round%2], r.each[1-round%2]
		require.NoError(t, h.cmd.Process.Signal(syscall.SIGSTOP))
		stopped := time.Now()
		release()
		other.logs("another process that serves the database is silent", round/2+1)
		r.takenOver(stopped)
		require.NoError(t, h.cmd.Process.Signal(syscall.SIGCONT))
		h.logs("serving the database", round/2+2)
		r.members(2)
		sent := h.attempts()
		r.until("it sends again", func(int, int) bool { return h.attempts() >= sent+20 })
	}
	r.rest()
	// A request that was under way when the process stopped has been answered, or has timed out when it goes on: its result is
	// nobody's any more.
	r.end("one of two servers paused (SIGSTOP) until it was declared dead", replicaRounds, replicaRounds*inFlightPerBot)
}

// TestTortureReplicasCutOff: a server lives, and its database does not answer any more. It starts nothing that others may have
// taken over; when it reaches the database again, it joins the others.
func TestTortureReplicasCutOff(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	other := r.add(binary)
	at, err := url.Parse(r.at)
	require.NoError(t, err)
	cable := newCable(t, at.Host)
	at.Host = cable.Addr().String()
	at.RawQuery = "sslmode=disable" // and the product's own patience
	h := r.add(binary, "IOZEN_DATABASE_URL="+at.String())
	r.opens()
	r.load()
	for round := range replicaRounds {
		release := r.moment(round)
		cable.set(true)
		cut := time.Now()
		release()
		other.logs("another process that serves the database is silent", round+1)
		r.takenOver(cut)
		sent := h.attempts()
		r.untilAccepted(100)
		require.Equal(t, sent, h.attempts(), "it starts nothing")
		cable.set(false)
		h.logs("serving the database", round+2)
		r.members(2)
		r.until("it sends again", func(int, int) bool { return h.attempts() >= sent+20 })
	}
	r.rest()
	r.end("one of two servers cut off from PostgreSQL", replicaRounds, replicaRounds*inFlightPerBot)
}

// TestTortureReplicasLosePostgreSQL: while two servers are under load PostgreSQL crashes, its connections are cut, also when there
// are none left to connect by, and at last the primary is killed and its standby promoted, which had every commit that was answered.
func TestTortureReplicasLosePostgreSQL(t *testing.T) {
	t.Parallel()
	primary := pgtest.StartFor(t)
	at := primary.Empty(t)
	standby := primary.Standby(t)
	r := startReplicas(t, 2, standby.Or(t, at))
	r.load()
	connections := func(limit int) {
		require.NoError(t, primary.Do(fmt.Sprintf(`ALTER DATABASE %s CONNECTION LIMIT %d`, pgtest.Name(at), limit)))
	}
	cut := func() { require.Positive(t, primary.CutAll(t, at)) }
	troubles := []func(){
		func() { primary.Crash(t) },
		cut,
		func() { connections(1); cut(); r.untilRefused(posters); connections(-1) },
	}
	rounds := len(troubles)*replicaRounds + 1
	for round := range rounds {
		r.untilAccepted(50)
		if round < rounds-1 {
			troubles[round%len(troubles)]()
		} else {
			primary.Kill(t)
			standby.Promote(t)
		}
		r.allAccept()
	}
	r.rest()
	r.end("two servers, PostgreSQL crashed, cut, full and failed over", rounds, rounds*inFlightPerBot)
}

// TestTortureReplicasErase: of a person whose erasure was answered nothing leaves any more, from whichever server.
func TestTortureReplicasErase(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.pause = 0
	release := r.endpoint.holdAnswers()
	r.load()
	r.untilAccepted(500) // of Jane; both servers have claimed some ahead
	r.rest()
	status, answer, err := r.owner.try("POST", "/v1/people/erase", []byte(`{"kind":"email","value":"jane@example.com"}`))
	require.NoError(t, err)
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, status, "%s", answer)
	var job struct{ ID, State string }
	require.NoError(t, json.Unmarshal(answer, &job))
	for ; job.State == "running"; time.Sleep(slowly) {
		job.State = call[struct{ State string }](r.owner, "GET", "/v1/jobs/"+job.ID, nil, http.StatusOK).State
	}
	left := len(r.endpoint.all())
	release()
	require.Eventually(t, func() bool {
		return pgtest.Ask(t, r.at, `SELECT COUNT(*) AS waiting FROM deliveries WHERE due_at IS NOT NULL`)["waiting"] == 0
	}, patience, 50*time.Millisecond)
	for _, h := range r.each {
		h.stop()
	}
	require.Len(t, r.endpoint.all(), left)
}

// TestTortureReplicasClocks: the clock of one machine is ten minutes ahead. It takes nothing for run out that another has
// under way.
func TestTortureReplicasClocks(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	clock := filepath.Join(r.dir, "clock")
	for _, step := range []time.Duration{0, 10 * time.Minute} {
		at := fmt.Sprint(clock, len(r.each))
		require.NoError(t, writeClock(at, step))
		r.add(failpointBinary(t), "IOZEN_WALL_CLOCK="+at)
	}
	r.opens()
	r.load()
	for range replicaRounds {
		r.untilAccepted(50)
		release := r.endpoint.holdAnswers()
		r.untilAccepted(20)
		time.Sleep(allLooked) // whoever looks for what is due has done it meanwhile
		release()
		r.untilAccepted(20)
	}
	r.rest()
	r.end("the clocks of two servers ten minutes apart", replicaRounds, 0)
}

// allLooked is longer than the time in which every webhook is looked at.
const allLooked = 7 * time.Second
