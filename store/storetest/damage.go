package storetest

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
)

// Damage spoils sealed values in a database file, as a bad disk or a careless hand does: those of one column, in the rows of
// a condition.
func Damage(t *testing.T, file, table, column, where string, args ...any) {
	t.Helper()
	spoil(t, file, table, column, `substr(`+column+`, 1, length(`+column+`) - 4) || 'AAAA'`, where, args...)
}

// Empty empties sealed values in a database file, like Damage.
func Empty(t *testing.T, file, table, column, where string, args ...any) {
	t.Helper()
	spoil(t, file, table, column, `''`, where, args...)
}

func spoil(t *testing.T, file, table, column, value, where string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer db.Close()
	done, err := db.ExecContext(t.Context(), `UPDATE `+table+` SET `+column+` = `+value+` WHERE `+column+` <> '' AND `+where, args...)
	require.NoError(t, err)
	n, err := done.RowsAffected()
	require.NoError(t, err)
	require.Positive(t, n, "%s.%s", table, column)
}
