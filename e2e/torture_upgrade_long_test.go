//go:build torture

package e2e

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// TestTortureReplicasKeepANewSchemaOut: a version whose schema is not only more changes nothing while a server of the one before is at
// work, and that goes on. Once it has ended the new one takes over, and the one before is refused.
func TestTortureReplicasKeepANewSchemaOut(t *testing.T) {
	t.Parallel()
	next := nextVersion(t, "00100_notes.sql", `CREATE TABLE notes (number BIGINT NOT NULL PRIMARY KEY, note TEXT NOT NULL);`)
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.pause = 0
	r.load()
	r.untilAccepted(50)
	require.Contains(t, r.refuses(next), "Stop all of those first, then start this one (member 1, 2 of this database, connected from 127.0.0.1)")
	require.Equal(t, int64(1), r.schema())
	r.each[1].stop()
	require.Contains(t, r.refuses(next), "(member 1 of this database,")
	require.Equal(t, int64(1), r.schema())
	r.untilAccepted(50)
	r.each[0].stop()
	for _, h := range r.each {
		h.server = []string{next}
		h.start()
	}
	require.Equal(t, int64(100), r.schema())
	r.allAccept()
	require.Contains(t, r.refuses(binary), "the database was made by a newer version of ioZen (its schema is 100, this version knows 1)")
	r.rest()
	r.end("a version kept out that changes the schema beside servers", 3, 0)
}

// refuses starts one more server that must refuse to serve, and returns what it said.
func (r *replicas) refuses(command string) string {
	r.t.Helper()
	cmd := exec.Command(command)
	cmd.Env, cmd.Dir = append(r.each[0].env, "IOZEN_ADDR=127.0.0.1:0", "IOZEN_TEST_ENDPOINT=127.0.0.1:0", "IOZEN_METRICS_ADDR="), r.dir
	out, err := cmd.CombinedOutput()
	require.Error(r.t, err, "it started")
	return string(out)
}
