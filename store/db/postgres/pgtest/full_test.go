package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

func TestTablesOfAFullServerDoNotGrow(t *testing.T) {
	server := pgtest.StartSmallFor(t)
	conn, err := pgx.Connect(t.Context(), server.Empty(t))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `CREATE TABLE filled (row TEXT)`)
	require.NoError(t, err)
	const fill = `INSERT INTO filled SELECT repeat('x', 1000) FROM generate_series(1, 1000)`
	room := server.Full(t, pgtest.LogFile+100)
	for err == nil {
		_, err = conn.Exec(t.Context(), fill)
	}
	require.ErrorContains(t, err, "could not extend file")
	t.Log(err)
	room()
	_, err = conn.Exec(t.Context(), fill)
	require.NoError(t, err)
}
