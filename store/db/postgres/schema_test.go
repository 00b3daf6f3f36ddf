package postgres_test

import (
	"database/sql"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/sqlite"
)

// sameTypes is how the types of SQLite's columns are called in PostgreSQL.
var sameTypes = map[string]string{"INTEGER": "bigint", "BLOB": "bytea", "TEXT": "text", "BOOLEAN": "boolean", "REAL": "double precision"}

func parsed(t *testing.T, url string) postgres.Address {
	t.Helper()
	a, err := postgres.Parse(url)
	require.NoError(t, err)
	return a
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })
	return conn
}

func TestBothDatabasesHaveTheSameTablesAndColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iozen.db")
	require.NoError(t, sqlite.Create(t.Context(), path))
	file, err := sql.Open("sqlite", sqlite.DSN(path, "ro"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := file.Query(`SELECT t.name || '.' || c.name, c.type, c."notnull" OR c.pk > 0, c.pk FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'goose_db_version'`)
	require.NoError(t, err)
	want := map[string][3]any{}
	for rows.Next() {
		var name, kind string
		var needed bool
		var key int64
		require.NoError(t, rows.Scan(&name, &kind, &needed, &key))
		require.Contains(t, sameTypes, kind, name)
		want[name] = [3]any{sameTypes[kind], needed, key}
	}
	require.NoError(t, rows.Err())

	conn := connect(t, pgtest.URL(t))
	other, err := conn.Query(t.Context(), `SELECT c.table_name || '.' || c.column_name, c.data_type, c.is_nullable = 'NO', COALESCE(k.ordinal_position, 0)
		FROM information_schema.columns c
		LEFT JOIN information_schema.table_constraints p ON p.table_schema = c.table_schema AND p.table_name = c.table_name AND p.constraint_type = 'PRIMARY KEY'
		LEFT JOIN information_schema.key_column_usage k ON k.constraint_name = p.constraint_name AND k.table_name = c.table_name AND k.column_name = c.column_name
		WHERE c.table_schema = 'public' AND c.table_name <> 'goose_db_version'`)
	require.NoError(t, err)
	got := map[string][3]any{}
	for other.Next() {
		var name, kind string
		var needed bool
		var key int64
		require.NoError(t, other.Scan(&name, &kind, &needed, &key))
		got[name] = [3]any{kind, needed, key}
	}
	require.NoError(t, other.Err())
	require.Equal(t, want, got)
}

// An index of SQLite ends in the row's number; one of PostgreSQL may name it.
func TestBothDatabasesHaveTheSameIndexes(t *testing.T) {
	names := func(files fs.FS) []string {
		text, err := fs.ReadFile(files, "00001_init.sql")
		require.NoError(t, err)
		var names []string
		for line := range strings.Lines(string(text)) {
			if rest, found := strings.CutPrefix(line, "CREATE INDEX "); found {
				name, on, _ := strings.Cut(rest, " ON ")
				_, where, _ := strings.Cut(on, ")")
				names = append(names, name+where)
			}
		}
		require.NotEmpty(t, names)
		return names
	}
	files, err := fs.Sub(sqlite.Migrations, "migrations/sqlite")
	require.NoError(t, err)
	others, err := postgres.Migrations()
	require.NoError(t, err)
	require.Equal(t, names(files), names(others))
}

// What a number says of a migration, it says for both databases.
func TestBothDatabasesHaveTheSameMigrations(t *testing.T) {
	files, err := fs.Sub(sqlite.Migrations, "migrations/sqlite")
	require.NoError(t, err)
	others, err := postgres.Migrations()
	require.NoError(t, err)
	names, err := fs.Glob(files, "*")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	same, err := fs.Glob(others, "*")
	require.NoError(t, err)
	require.Equal(t, names, same)
}

// A server's own language must not change what is in order, or the same.
func TestTextIsComparedByItsBytes(t *testing.T) {
	var others int
	require.NoError(t, connect(t, pgtest.URL(t)).QueryRow(t.Context(), `SELECT count(*) FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`).Scan(&others))
	require.Zero(t, others)
}

func TestTheAuditLogIsOnlyAppendedTo(t *testing.T) {
	conn := connect(t, pgtest.URL(t))
	const day = int64(86_400_000)
	add := func(id byte, at int64) {
		_, err := conn.Exec(t.Context(), `INSERT INTO audit VALUES ($1, $2, '\x', '', '', '', '\x', 0, '', '')`, []byte{id}, at)
		require.NoError(t, err)
	}
	add(1, day)
	add(2, 500*day)
	for _, statement := range []string{
		`UPDATE audit SET note = 'x'`, `DELETE FROM audit WHERE id = '\x01'`, `TRUNCATE audit`,
		`INSERT INTO audit VALUES ('\x01', 1, '\x', '', '', '', '\x', 0, '', '') ON CONFLICT (id) DO UPDATE SET note = 'x'`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "the audit log is append-only", statement)
	}
	add(3, 800*day) // two years after the first, not after the second
	_, err := conn.Exec(t.Context(), `DELETE FROM audit WHERE id = '\x01'`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `DELETE FROM audit WHERE id = '\x02'`)
	require.ErrorContains(t, err, "append-only")
}

// A replica that starts while another one makes the schema waits for it.
func TestProcessesThatMakeTheSchemaAtTheSameTimeMakeItOnce(t *testing.T) {
	a := parsed(t, pgtest.Empty(t))
	_, err := postgres.ReadSchema(t.Context(), a)
	require.ErrorIs(t, err, fs.ErrNotExist)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = postgres.Migrate(t.Context(), a) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	found, err := postgres.ReadSchema(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, found.Newest, found.Version)
	require.Empty(t, found.SealedBy)
}

func TestADatabaseOfAnotherProgramIsLeftAlone(t *testing.T) {
	for name, make := range map[string]string{
		"tables of its own":      `CREATE TABLE orders (id int)`,
		"migrated by goose too":  `CREATE TABLE orders (id int); CREATE TABLE goose_db_version (version_id bigint, is_applied boolean); INSERT INTO goose_db_version VALUES (7, true)`,
		"a version alone, not 0": `CREATE TABLE goose_db_version (version_id bigint, is_applied boolean); INSERT INTO goose_db_version VALUES (7, true)`,
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Empty(t)
			_, err := connect(t, url).Exec(t.Context(), make)
			require.NoError(t, err)
			_, err = postgres.ReadSchema(t.Context(), parsed(t, url))
			require.ErrorContains(t, err, "holds tables of another program")
			require.ErrorContains(t, parsed(t, url).MustExist(t.Context()), "holds tables of another program")
		})
	}
}

func TestASchemaThatWasBegunIsMadeToItsEnd(t *testing.T) {
	url := pgtest.Empty(t)
	_, err := connect(t, url).Exec(t.Context(), `CREATE TABLE goose_db_version (id int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL,
		is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now()); INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)`)
	require.NoError(t, err)
	a := parsed(t, url)
	_, err = postgres.ReadSchema(t.Context(), a)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, postgres.Migrate(t.Context(), a))
	require.NoError(t, a.MustExist(t.Context()))
}

func TestOneDatabaseMayHoldSeveralSchemas(t *testing.T) {
	url := pgtest.URL(t)
	_, err := connect(t, url).Exec(t.Context(), `CREATE SCHEMA other`)
	require.NoError(t, err)
	other := parsed(t, url+"&search_path=other")
	_, err = postgres.ReadSchema(t.Context(), other)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, postgres.Migrate(t.Context(), other))
	first, err := postgres.TakeLock(t.Context(), parsed(t, url))
	require.NoError(t, err)
	second, err := postgres.TakeLock(t.Context(), other)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
}

// The manual says how to back up and to restore.
func TestADumpIsRestoredIntoAnEmptyDatabase(t *testing.T) {
	from, to, file := pgtest.URL(t), pgtest.Empty(t), filepath.Join(t.TempDir(), "iozen.dump")
	_, err := connect(t, from).Exec(t.Context(), `INSERT INTO bots (id, name, created_at) VALUES ('\x01', 'Ünïcode', 1);
		INSERT INTO audit VALUES ('\x01', 86400000, '\x', '', '', '', '\x', 0, '', '')`)
	require.NoError(t, err)
	for _, command := range [][]string{{"pg_dump", "--format=custom", "--file=" + file, from}, {"pg_restore", "--no-owner", "--exit-on-error", "--dbname=" + to, file}} {
		out, err := exec.Command(pgtest.Program(t, command[0]), command[1:]...).CombinedOutput()
		require.NoError(t, err, "%s: %s", command[0], out)
	}
	require.NoError(t, parsed(t, to).MustExist(t.Context()))
	restored := connect(t, to)
	var name string
	require.NoError(t, restored.QueryRow(t.Context(), `SELECT name FROM bots`).Scan(&name))
	require.Equal(t, "Ünïcode", name)
	var next int64
	require.NoError(t, restored.QueryRow(t.Context(), `INSERT INTO bots (id, name, created_at) VALUES ('\x02', '', 1) RETURNING number`).Scan(&next))
	require.Equal(t, int64(2), next)
	_, err = restored.Exec(t.Context(), `DELETE FROM audit`)
	require.ErrorContains(t, err, "append-only")
}
