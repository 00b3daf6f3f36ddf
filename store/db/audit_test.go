package db_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/secret"
)

// TestTheAuditLogIsAppendOnly talks to the file itself: no statement of ours or of anyone changes what stands there.
func TestTheAuditLogIsAppendOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.db")
	now := time.Now()
	db, err := db.Open(t.Context(), db.Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	add := func(at time.Time) {
		now = at
		require.NoError(t, db.AddAudit(t.Context(), store.AuditEntry{Action: "signin"}))
		now = time.Now()
	}
	add(now.Add(-store.AuditKept - time.Hour))
	add(now.Add(-store.AuditKept + time.Hour))
	add(now)

	shell, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer shell.Close()
	for _, statement := range []string{
		`UPDATE audit SET by_name = 'somebody else'`, `REPLACE INTO audit SELECT id, 0, by_id, by_name, ip, action, bot_id, n, target, note FROM audit`, `UPDATE audit SET at = 0`, `DELETE FROM audit`, `DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)`,
	} {
		_, err := shell.ExecContext(t.Context(), statement)
		require.ErrorContains(t, err, "append-only", statement)
	}
	n, err := db.DeleteOldAudit(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n, "only what is past its time")
	left, err := db.Audit(t.Context(), store.AuditFilter{})
	require.NoError(t, err)
	require.Len(t, left.Entries, 2)
}
