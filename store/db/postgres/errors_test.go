package postgres_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
)

func TestNoConnectionMeansNotNowWhateverTheServerAnswers(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Admin(t, `ALTER DATABASE `+pgtest.Name(url)+` ALLOW_CONNECTIONS false`)
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "55000", "a code that would say something of a statement")
	require.True(t, postgres.IsUnavailable(fmt.Errorf("reading: %w", err)))
}

func TestWhichErrorsMeanNotNow(t *testing.T) {
	code := func(code string) error { return fmt.Errorf("writing: %w", &pgconn.PgError{Code: code}) }
	internal := func(routine string) error {
		return fmt.Errorf("writing: %w", &pgconn.PgError{Code: "XX000", File: "md.c", Routine: routine})
	}
	for what, c := range map[string]struct {
		err error
		not bool
	}{
		"connection failure":       {err: code("08006")},
		"disk full":                {err: code("53100")},
		"quota":                    {err: internal("mdextend")},
		"quota, newer":             {err: internal("mdzeroextend")},
		"another internal error":   {err: internal("mdread"), not: true},
		"out of memory":            {err: code("53200")},
		"too many connections":     {err: code("53300")},
		"shutting down":            {err: code("57P01")},
		"crashed":                  {err: code("57P02")},
		"starting":                 {err: code("57P03")},
		"statement timeout":        {err: code("57014")},
		"lock timeout":             {err: code("55P03")},
		"idle in transaction":      {err: code("25P03")},
		"read-only":                {err: code("25006")},
		"deadlock":                 {err: code("40P01")},
		"serialization":            {err: code("40001")},
		"the system's own trouble": {err: code("58030")},
		"dropped database":         {err: code("3D000")},
		"other password":           {err: code("28P01")},
		"damaged page":             {err: code("XX001")},
		"reset":                    {err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}},
		"closed in the middle":     {err: io.ErrUnexpectedEOF},
		"closed before":            {err: driver.ErrBadConn},
		"another server":           {err: store.ErrLocked},
		"unique":                   {err: code("23505"), not: true},
		"syntax":                   {err: code("42601"), not: true},
		"wrong bytes":              {err: code("22021"), not: true},
		"raised":                   {err: code("P0001"), not: true},
		"in a failed transaction":  {err: code("25P02"), not: true},
		"no row":                   {err: sql.ErrNoRows, not: true},
		"given up":                 {err: context.Canceled, not: true},
		"out of time":              {err: context.DeadlineExceeded, not: true},
		"any other":                {err: errors.New("x"), not: true},
		"none":                     {not: true},
	} {
		require.Equal(t, !c.not, postgres.IsUnavailable(c.err), what)
		if c.err != nil {
			require.ErrorIs(t, postgres.MapError(c.err), c.err, what)
		}
	}
	require.ErrorIs(t, postgres.MapError(code("XX002")), store.ErrDamaged)
	require.ErrorIs(t, postgres.MapError(code("53100")), store.ErrFull)
	require.ErrorIs(t, postgres.MapError(internal("mdextend")), store.ErrFull)
}
