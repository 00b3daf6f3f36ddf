package transfer_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/sqlite"
	"iozen/store/db/transfer"
	"iozen/store/secret"
)

// childVariable makes this test binary a process that copies, says each step, and waits for a line after each.
const childVariable = "IOZEN_TRANSFER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := child(os.Args[1], os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("done")
		return
	}
	goleak.VerifyTestMain(m)
}

func child(from, to, keyFile string) error {
	c, err := config(from, to, keyFile)
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	c.Progress = func(s transfer.Step) {
		if s.Ended {
			fmt.Println(s.Doing, s.Table)
			_, _ = in.ReadString('\n')
		}
	}
	_, err = transfer.Run(context.Background(), c)
	return err
}

func config(from, to, keyFile string) (c transfer.Config, err error) {
	if c.From, err = sqlite.New(from); err != nil {
		return c, err
	}
	if c.To, err = postgres.Parse(to); err != nil {
		return c, err
	}
	c.Keys, err = secret.LoadKeyring(keyFile)
	return c, err
}

// source is a SQLite database with rows in every table, which stand for all that a column may hold.
type source struct {
	url, path, keyFile string
	tables             []string
}

// rowsOfEach is how many rows the source has in each table but bots, which others refer to.
const rowsOfEach = 40

func newSource(t *testing.T) source {
	t.Helper()
	dir := t.TempDir()
	s := source{path: filepath.Join(dir, "iozen.db"), keyFile: filepath.Join(dir, "iozen.key")}
	s.url = "sqlite:" + s.path
	require.NoError(t, secret.MakeKeyFile(s.keyFile))
	require.NoError(t, sqlite.Create(t.Context(), s.path))
	s.do(t, func(db *sql.DB) {
		rows, err := db.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version' ORDER BY name <> 'bots', name`)
		require.NoError(t, err)
		for rows.Next() {
			var name string
			require.NoError(t, rows.Scan(&name))
			s.tables = append(s.tables, name)
		}
		require.NoError(t, rows.Err())
		r := rand.New(rand.NewPCG(1, 2))
		for _, table := range s.tables {
			fill(t, db, r, table)
		}
		_, err = db.Exec(`DELETE FROM bots WHERE number = (SELECT MAX(number) FROM bots)`) // its number is not given again
		require.NoError(t, err)
	})
	return s
}

func (s source) do(t *testing.T, act func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", sqlite.FileURL(s.path, map[string][]string{"mode": {"rw"}}))
	require.NoError(t, err)
	act(db)
	require.NoError(t, db.Close())
}

// fill adds rows of any values that the columns take.
func fill(t *testing.T, db *sql.DB, r *rand.Rand, table string) {
	t.Helper()
	columns, err := db.Query(`SELECT name, type, "notnull", pk FROM pragma_table_info(?)`, table)
	require.NoError(t, err)
	var names []string
	var makers []func(i int) any
	for columns.Next() {
		var name, kind string
		var needed bool
		var key int
		require.NoError(t, columns.Scan(&name, &kind, &needed, &key))
		names = append(names, name)
		makers = append(makers, maker(r, table, name, kind, needed || key > 0, key > 0))
	}
	require.NoError(t, columns.Err())
	n := rowsOfEach
	if ofOneRow(table) {
		n = 1
	}
	insert := `INSERT OR IGNORE INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES (?` + strings.Repeat(", ?", len(names)-1) + `)`
	for i := range n {
		values := make([]any, len(makers))
		for c, maker := range makers {
			values[c] = maker(i)
		}
		_, err := db.Exec(insert, values...)
		require.NoError(t, err, "%s %v", table, values)
	}
}

func ofOneRow(table string) bool { return table == "workspace" || table == "key_check" }

func maker(r *rand.Rand, table, name, kind string, needed, key bool) func(i int) any {
	texts := []string{"", "Ä", "\u0000zero", "not \xff UTF-8", "v1:x", "日本", `{"a":[1]}`, "line\nbreak\ttab\\N", "z", "Z", "_"}
	return func(i int) any {
		switch {
		case !needed && r.IntN(3) == 0:
			return nil
		case ofOneRow(table) && name == "id":
			return 1
		case table == "bots" && name == "number":
			return i + 1
		case table == "webhooks" && name == "bot":
			return i/3 + 1
		case kind == "INTEGER" && r.IntN(4) == 0:
			return int64(i) + 1
		case kind == "INTEGER":
			return r.Int64() - r.Int64()
		case kind == "BOOLEAN":
			return r.IntN(2) == 1
		case kind == "REAL":
			return r.NormFloat64()
		case kind == "BLOB":
			b := make([]byte, r.IntN(20))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			if key {
				b = append(b, byte(i))
			}
			return b
		case key: // never a stranger's
			return "key" + fmt.Sprint(i, r.IntN(1000))
		default:
			return texts[r.IntN(len(texts))] + fmt.Sprint(r.IntN(1000))
		}
	}
}

// everything is what the source holds, as text.
func (s source) everything(t *testing.T) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	s.do(t, func(db *sql.DB) {
		for _, table := range s.tables {
			var n int64
			require.NoError(t, db.QueryRow(`SELECT COUNT(*) FROM `+table).Scan(&n))
			counts[table] = n
		}
	})
	return counts
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })
	return conn
}

func run(t *testing.T, s source, to string) (transfer.Report, error) {
	t.Helper()
	c, err := config(s.url, to, s.keyFile)
	require.NoError(t, err)
	return transfer.Run(t.Context(), c)
}

// sameEverywhere compares every value of both databases, whatever wrote them.
func sameEverywhere(t *testing.T, s source, to string) {
	t.Helper()
	conn := connect(t, to)
	s.do(t, func(db *sql.DB) {
		for _, table := range s.tables {
			want := map[string]int{}
			rows, err := db.Query(`SELECT * FROM ` + table)
			require.NoError(t, err)
			names, err := rows.Columns()
			require.NoError(t, err)
			for rows.Next() {
				values, into := make([]any, len(names)), make([]any, len(names))
				for i := range into {
					into[i] = &values[i]
				}
				require.NoError(t, rows.Scan(into...))
				want[asText(values)]++
			}
			require.NoError(t, rows.Err())
			got := map[string]int{}
			others, err := conn.Query(t.Context(), `SELECT `+strings.Join(names, ", ")+` FROM `+table)
			require.NoError(t, err)
			for others.Next() {
				values, err := others.Values()
				require.NoError(t, err)
				got[asText(values)]++
			}
			require.NoError(t, others.Err())
			require.Equal(t, want, got, table)
		}
	})
}

// asText writes a row in a way that does not depend on how a driver gives booleans, and with texts as both may hold them.
func asText(values []any) string {
	text := ""
	for _, v := range values {
		switch v := v.(type) {
		case bool:
			text += map[bool]string{true: "1|", false: "0|"}[v]
		case []byte:
			text += fmt.Sprintf("%x|", v)
		case string:
			text += strings.ReplaceAll(strings.ToValidUTF8(v, "\ufffd"), "\x00", "\ufffd") + "|"
		default:
			text += fmt.Sprint(v, "|")
		}
	}
	return text
}

func TestEveryRowIsCopied(t *testing.T) {
	s, to := newSource(t), pgtest.Empty(t)
	counts := s.everything(t)
	rows := int64(0)
	for table, n := range counts {
		require.Positive(t, n, table)
		rows += n
	}
	report, err := run(t, s, to)
	require.NoError(t, err)
	require.Equal(t, transfer.Report{Tables: len(s.tables), Rows: rows}, report)
	sameEverywhere(t, s, to)
	a, err := postgres.Parse(to)
	require.NoError(t, err)
	found, err := postgres.ReadSchema(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, found.Newest, found.Version)

	// Numbers go on where the source was, also those whose rows are gone.
	var last, next int64
	s.do(t, func(db *sql.DB) {
		require.NoError(t, db.QueryRow(`SELECT seq FROM sqlite_sequence WHERE name = 'bots'`).Scan(&last))
	})
	require.NoError(t, connect(t, to).QueryRow(t.Context(), `INSERT INTO bots (id, name, created_at) VALUES ('\xff', 'next', 1) RETURNING number`).Scan(&next))
	require.Equal(t, last+1, next)
	_, err = run(t, s, to)
	require.ErrorContains(t, err, "is not empty")
}

// A kill loses the table under way, and no other.
func TestACopyThatIsKilledAtEachTableGoesOn(t *testing.T) {
	s, to := newSource(t), pgtest.Empty(t)
	a, err := postgres.Parse(to)
	require.NoError(t, err)
	killed := map[string]bool{}
	for {
		ended, kept := steps(t, s, to, func(step string) bool {
			doing, table, _ := strings.Cut(step, " ")
			if killed[step] || doing != string(transfer.Copying) && (doing != string(transfer.Checking) || table != s.tables[0] && table != s.tables[len(s.tables)-1]) {
				return false
			}
			killed[step] = true
			return true
		})
		for _, table := range kept {
			require.True(t, killed["copying "+table], "%s was not begun before", table)
		}
		if ended {
			break
		}
		_, err := postgres.ReadSchema(t.Context(), a)
		require.ErrorIs(t, err, postgres.ErrTransfer, "nobody can serve half of it")
	}
	for _, table := range s.tables {
		require.True(t, killed["copying "+table], table)
	}
	require.True(t, killed["checking "+s.tables[len(s.tables)-1]])
	sameEverywhere(t, s, to)
	_, err = postgres.ReadSchema(t.Context(), a)
	require.NoError(t, err)
}

// steps runs the copy in a process of its own and kills it at the step that kill says. It returns whether it ended by itself,
// and what it found already there.
func steps(t *testing.T, s source, to string, kill func(step string) bool) (ended bool, kept []string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], s.url, to, s.keyFile)
	c.Env = append(os.Environ(), childVariable+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		step := lines.Text()
		if step == "done" {
			ended = true
			break
		}
		if kill(step) {
			require.NoError(t, c.Process.Kill())
			require.Error(t, c.Wait())
			return false, kept
		}
		if table, found := strings.CutPrefix(step, string(transfer.Keeping)+" "); found {
			kept = append(kept, table)
		}
		_, err := fmt.Fprintln(in)
		require.NoError(t, err)
	}
	require.NoError(t, c.Wait())
	return ended, kept
}

// Between two runs the old server may have been started again.
func TestWhatChangedInTheSourceMeanwhileIsCopiedAnew(t *testing.T) {
	s, to := newSource(t), pgtest.Empty(t)
	copied := 0
	_, kept := steps(t, s, to, func(string) bool { copied++; return copied == 6 })
	require.Empty(t, kept)
	s.do(t, func(db *sql.DB) {
		_, err := db.Exec(`UPDATE accounts SET seen_at = seen_at + 1; UPDATE bots SET name = 'another'`)
		require.NoError(t, err)
	})
	_, err := run(t, s, to)
	require.NoError(t, err)
	sameEverywhere(t, s, to)
}

func TestACopyThatDiffersIsNoticed(t *testing.T) {
	s, to := newSource(t), pgtest.Empty(t)
	ended, _ := steps(t, s, to, func(step string) bool { return strings.HasPrefix(step, "checking") })
	require.False(t, ended)
	_, err := connect(t, to).Exec(t.Context(), `UPDATE accounts SET seen_at = seen_at + 1 WHERE id = (SELECT MIN(id::text)::bytea FROM accounts)`)
	require.NoError(t, err)
	_, err = run(t, s, to)
	require.ErrorContains(t, err, "accounts was not copied right")
}

func TestATransferIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, to string, s *source)
		says    string
		is      error
	}{
		"into a database with something in it": {prepare: func(t *testing.T, to string, _ *source) {
			a, err := postgres.Parse(to)
			require.NoError(t, err)
			require.NoError(t, postgres.Migrate(t.Context(), a))
			_, err = connect(t, to).Exec(t.Context(), `INSERT INTO mail_choices VALUES ('\x01', true)`)
			require.NoError(t, err)
		}, says: "is not empty (there are rows in mail_choices)"},
		"into the database of another program": {prepare: func(t *testing.T, to string, _ *source) {
			_, err := connect(t, to).Exec(t.Context(), `CREATE TABLE orders (id int)`)
			require.NoError(t, err)
		}, says: "holds tables of another program"},
		"while the source is served": {prepare: func(t *testing.T, _ string, s *source) {
			held, err := sqlite.Lock(s.url)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, held.Close()) })
		}, is: store.ErrLocked},
		"while the target is served": {prepare: func(t *testing.T, to string, _ *source) {
			a, err := postgres.Parse(to)
			require.NoError(t, err)
			held, err := postgres.TakeLock(t.Context(), a)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, held.Close()) })
		}, is: store.ErrLocked},
		"without the keys": {prepare: func(t *testing.T, _ string, s *source) {
			s.do(t, func(db *sql.DB) {
				_, err := db.Exec(`UPDATE webhooks SET secret = 'v1:0badc0de:AAAA'`)
				require.NoError(t, err)
			})
		}, says: "the key file does not hold key 0badc0de"},
		"from nowhere": {prepare: func(t *testing.T, _ string, s *source) { s.url += "x" }, says: "there is no database at"},
	} {
		t.Run(name, func(t *testing.T) {
			to, s := pgtest.Empty(t), newSource(t)
			c.prepare(t, to, &s)
			before := tables(t, to)
			_, err := run(t, s, to)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, c.says)
			require.Equal(t, before, tables(t, to), "nothing was made")
			if s.url != "sqlite:"+s.path {
				_, err := os.Stat(s.path + "x")
				require.ErrorIs(t, err, fs.ErrNotExist)
			}
		})
	}
}

func tables(t *testing.T, url string) (n int) {
	t.Helper()
	require.NoError(t, connect(t, url).QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&n))
	return n
}
