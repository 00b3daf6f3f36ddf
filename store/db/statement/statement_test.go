package statement

import (
	"database/sql"
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

func TestRowsAreWrittenOneByOneOrTogetherByTheSameRules(t *testing.T) {
	m := Insert("people", `run BIGINT, hash BYTEA`, `ON CONFLICT DO NOTHING`)
	require.Equal(t, `INSERT INTO people (run, hash) VALUES (?, ?) ON CONFLICT DO NOTHING`, m.One())
	require.Equal(t, `INSERT INTO people (run, hash) SELECT * FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BYTEA[])) v ON CONFLICT DO NOTHING`, m.all)
	u := Update("health", `held BIGINT, bot BIGINT, n BIGINT`, `held = d.held + v.held`, `d.bot = v.bot AND d.n = v.n`)
	require.Equal(t, `UPDATE health AS d SET held = d.held + ? WHERE d.bot = ? AND d.n = ?`, u.One())
	columns, err := transposed([][]any{{int64(1), "a", sql.NullInt64{}, []byte(nil)}, {int64(2), "b", sql.NullInt64{Int64: 3, Valid: true}, []byte("c")}})
	require.NoError(t, err)
	require.Equal(t, []any{[]int64{1, 2}, []string{"a", "b"}, []sql.NullInt64{{}, {Int64: 3, Valid: true}}, [][]byte{nil, []byte("c")}}, columns)
	_, err = transposed([][]any{{int64(1)}, {"a"}})
	require.ErrorContains(t, err, "string among int64")
	_, err = transposed([][]any{{1.5}})
	require.ErrorContains(t, err, "no array of float64")
}
