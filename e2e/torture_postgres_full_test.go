package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// TestTorturePostgreSQLFull takes PostgreSQL's disk away while two servers are under load: its tables cannot grow any more, then
// its log, of which it dies. Events are refused in words, no more is sent than can be recorded, and once there is room both go on.
func TestTorturePostgreSQLFull(t *testing.T) {
	t.Parallel()
	server := pgtest.StartSmallFor(t)
	r := startReplicas(t, 2, server.Empty(t))
	r.pause = 5 * time.Millisecond
	r.load()
	for round := range 2 * replicaRounds {
		r.untilAccepted(50)
		if round%2 == 0 {
			room := server.Full(t, pgtest.LogFile+100)
			r.refusedForRoom()
			room()
		} else {
			server.Full(t, 0)
			r.untilRefused(posters)
			r.ready(http.StatusServiceUnavailable, "the database cannot commit\n")
			server.Crash(t) // whoever made room has started it again
		}
		r.ready(http.StatusOK, "ready\n")
		r.allAccept()
	}
	r.rest()
	r.end("two servers, PostgreSQL's disk full", 2*replicaRounds, replicaRounds*inFlightPerBot)
}

// refusedForRoom waits until no server accepts any more for want of room, and says so.
func (r *replicas) refusedForRoom() {
	r.t.Helper()
	r.untilRefused(20)
	r.ready(http.StatusServiceUnavailable, "the disk of the database is full: make room, and it goes on by itself\n")
	for _, h := range r.each {
		direct := api{t: r.t, base: h.URL, key: r.owner.key}
		r.until("it says why", func(int, int) bool {
			status, answer, err := direct.try("POST", "/v1/bots/"+r.bot+"/events", fmt.Appendf(nil, givenEvent, "for-room"))
			require.NoError(r.t, err)
			var said struct{ Detail string }
			require.NoError(r.t, json.Unmarshal(answer, &said))
			return status == http.StatusServiceUnavailable && said.Detail == "The disk of the database is full. Nothing was changed."
		})
	}
	_, refused := r.ledger.counts()
	sent := len(r.endpoint.all())
	r.until("more is refused", func(_, n int) bool { return n >= refused+20*posters })
	require.LessOrEqual(r.t, len(r.endpoint.all())-sent, inFlightPerBot, "what is sent and not recorded")
}

// ready waits until every server answers so to who asks whether it can take events.
func (r *replicas) ready(status int, words string) {
	r.t.Helper()
	for _, h := range r.each {
		r.until(fmt.Sprint(h.URL, " says ", words), func(int, int) bool {
			res, err := http.Get(h.URL + "/readyz")
			require.NoError(r.t, err)
			defer res.Body.Close()
			said, err := io.ReadAll(res.Body)
			return err == nil && res.StatusCode == status && string(said) == words
		})
	}
}
