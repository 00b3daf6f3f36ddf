package statement

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArgumentsAreNumberedInTheirOrder(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1`: `SELECT 1`,
		`SELECT n FROM bots WHERE id = ? AND n IN (?, ?)`:       `SELECT n FROM bots WHERE id = $1 AND n IN ($2, $3)`,
		`SELECT '?', name LIKE ? ESCAPE '\' FROM x WHERE a = ?`: `SELECT '?', name LIKE $1 ESCAPE '\' FROM x WHERE a = $2`,
		`SELECT 'it''s ?' WHERE b = ?`:                          `SELECT 'it''s ?' WHERE b = $1`,
		`? ? ? ? ? ? ? ? ? ?`:                                   `$1 $2 $3 $4 $5 $6 $7 $8 $9 $10`,
		`SELECT 'Grüße' WHERE a = ?`:                            `SELECT 'Grüße' WHERE a = $1`,
	} {
		require.Equal(t, want, Numbered(query))
	}
}

func TestWhatNoTextMayHoldIsReplaced(t *testing.T) {
	payload := []byte("\x00\xff")
	got := clean([]any{"Mozilla/5.0", "a\x00b", "caf\xe9", "\xff\xfe\x00", "Grüße \U0001F600", "", 7, nil, true, payload})
	require.Equal(t, []any{"Mozilla/5.0", "a\ufffdb", "caf\ufffd", "\ufffd\ufffd", "Grüße \U0001F600", "", 7, nil, true, payload}, got)
	require.Equal(t, []byte("\x00\xff"), payload)
}
