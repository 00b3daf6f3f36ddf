package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// TestTortureReplicasUpgraded: servers are upgraded one after another to a version whose schema has more than theirs. Those of both
// versions work beside each other, the older one also when it is started again.
func TestTortureReplicasUpgraded(t *testing.T) {
	t.Parallel()
	next := nextVersion(t, "00002_notes.sql", `
		ALTER TABLE deliveries ADD COLUMN note TEXT NOT NULL DEFAULT '';
		ALTER TABLE attempts ADD COLUMN note TEXT;
		ALTER TABLE health ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
		CREATE TABLE notes (number BIGINT NOT NULL PRIMARY KEY, note TEXT NOT NULL);
		CREATE INDEX attempts_noted ON attempts (note) WHERE note IS NOT NULL;`)
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.pause = 0
	r.load()
	for _, step := range []struct {
		server  int
		version string
	}{{0, next}, {1, binary}, {1, next}} {
		r.untilAccepted(50)
		h := r.each[step.server]
		h.stop()
		require.NotContains(t, h.log.String(), "level=ERROR")
		h.server = []string{step.version}
		h.start()
		r.members(2)
		require.Equal(t, int64(2), r.schema())
		r.allAccept()
	}
	r.rest()
	for _, h := range r.each {
		require.NotContains(t, h.log.String(), "level=ERROR")
	}
	r.end("servers upgraded in turn, their schema too", 3, 0)
}

// nextVersion builds the product with one more migration of PostgreSQL.
func nextVersion(t *testing.T, name, migration string) (path string) {
	t.Helper()
	dir := t.TempDir()
	at, err := filepath.Abs("../store/db/postgres/migrations/" + name)
	require.NoError(t, err)
	require.NoFileExists(t, at)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("-- +goose Up\n"+migration), 0o600))
	replace, err := json.Marshal(object{"Replace": object{at: filepath.Join(dir, name)}})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, replace, 0o600))
	path = filepath.Join(dir, "iozen")
	require.NoError(t, build(path, "netgo", "-overlay", overlay))
	return path
}

// schema is the newest migration that the database has seen.
func (r *replicas) schema() int64 {
	r.t.Helper()
	return pgtest.Ask(r.t, r.at, `SELECT MAX(version_id) AS version FROM goose_db_version WHERE is_applied`)["version"]
}
