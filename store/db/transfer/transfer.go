// Package transfer copies a whole SQLite database into an empty PostgreSQL database: every row of every table, deliveries that
// wait included. It proves the copy by counting the rows and comparing checksums of both sides, table by table.
//
// It may be stopped at any point: each table is copied in one transaction, and the next run goes on after the last one that
// is there and still the same. Until all is proved, nobody can serve the target. The source is only read.
package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"

	"iozen/store/db/postgres"
	"iozen/store/db/sqlite"
	"iozen/store/secret"
)

// Config says what is copied, and where to.
type Config struct {
	From     *sqlite.Database
	To       postgres.Address
	Keys     *secret.Keyring // the source's
	Progress func(Step)      // called for each step and during long ones; it may wait
}

// Step is what is being done.
type Step struct {
	Doing Doing
	Table string
	Rows  int64 // so far
	Of    int64
	Ended bool
}

// Doing is a part of the work.
type Doing string

// The parts, in their order. Those of tables come once for each.
const (
	Keeping  Doing = "already there" // copied by an earlier run, and still the same
	Copying  Doing = "copying"
	Checking Doing = "checking"
)

// Report is what was copied.
type Report struct {
	Tables int
	Rows   int64
}

// run is one run of the transfer.
type run struct {
	Config
	source *sql.Tx
	target *pgx.Conn
}

// Run copies and proves. It fails with store.ErrLocked while somebody serves either database.
func Run(ctx context.Context, c Config) (report Report, err error) {
	held, err := sqlite.Lock("sqlite:" + c.From.Name())
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := c.checkSource(ctx); err != nil {
		return report, err
	}
	begun, err := c.checkTarget(ctx)
	if err != nil {
		return report, err
	}
	keep, err := postgres.TakeLock(ctx, c.To)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, keep.Close()) }()
	if !begun {
		if err := postgres.Migrate(ctx, c.To); err != nil {
			return report, err
		}
	}
	file, err := sql.Open("sqlite", sqlite.DSN(c.From.Name(), "ro"))
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	r := &run{Config: c}
	if r.source, err = file.BeginTx(ctx, nil); err != nil { // one state of all tables, whoever writes beside
		return report, err
	}
	defer func() { _ = r.source.Rollback() }() // it has only read
	if r.target, err = c.To.Connect(ctx); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.target.Close(context.WithoutCancel(ctx))) }()
	report, err = r.all(ctx)
	return report, c.To.Explain(err)
}

// checkSource refuses a source that this program does not know whole, or whose secrets would be lost.
func (c Config) checkSource(ctx context.Context) error {
	found, err := sqlite.ReadSchema(ctx, c.From.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database at %s", c.From.Name())
	}
	if err == nil {
		err = found.Whole()
	}
	if err == nil {
		err = found.Fits(c.Keys, true)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.From.Name(), err)
	}
	return nil
}

// checkTarget says whether an earlier run has begun. It refuses a database in which there is anything else.
func (c Config) checkTarget(ctx context.Context) (begun bool, err error) {
	found, err := postgres.ReadSchema(ctx, c.To)
	switch {
	case errors.Is(err, postgres.ErrTransfer):
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	if err = found.Whole(); err == nil {
		err = found.Fits(c.Keys, true)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", c.To, err)
	}
	conn, err := c.To.Connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	tables, err := readTables(ctx, conn)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		var holds bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.name+`)`).Scan(&holds); err != nil {
			return false, err
		}
		if holds && !t.bornFull {
			return false, fmt.Errorf("%s is not empty (there are rows in %s). Choose a new database: nothing in it would be kept apart from what is copied", c.To, t.name)
		}
	}
	return false, nil
}

// all copies every table and proves each.
func (r *run) all(ctx context.Context) (report Report, err error) {
	tables, err := readTables(ctx, r.target)
	if err != nil {
		return report, err
	}
	if err := r.sameColumns(ctx, tables); err != nil {
		return report, err
	}
	done, err := r.begin(ctx, tables)
	if err != nil {
		return report, err
	}
	for _, t := range tables {
		if _, kept := done[t.name]; kept {
			continue
		}
		if done[t.name], err = r.copy(ctx, t); err != nil {
			return report, fmt.Errorf("copying %s: %w", t.name, err)
		}
	}
	for _, t := range tables {
		if err := r.prove(ctx, t, done[t.name]); err != nil {
			return report, err
		}
		report.Tables++
		report.Rows += done[t.name].rows
	}
	return report, r.end(ctx, tables)
}

// begin marks the target as ours, and returns what earlier runs have copied. Is something of that not as in the source any
// more, all begins anew.
func (r *run) begin(ctx context.Context, tables []table) (map[string]sum, error) {
	if _, err := r.target.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+postgres.TransferTable+` (name TEXT PRIMARY KEY, rows BIGINT NOT NULL, sum BYTEA NOT NULL)`); err != nil {
		return nil, err
	}
	rows, err := r.target.Query(ctx, `SELECT name, rows, sum FROM `+postgres.TransferTable)
	if err != nil {
		return nil, err
	}
	done := map[string]sum{}
	var name string
	var s sum
	if _, err := pgx.ForEachRow(rows, []any{&name, &s.rows, &s.bytes}, func() error {
		done[name] = sum{s.rows, append([]byte(nil), s.bytes...)}
		return nil
	}); err != nil {
		return nil, err
	}
	for _, t := range tables {
		before, copied := done[t.name]
		if !copied {
			continue
		}
		now, err := r.sourceSum(ctx, t, Keeping, before.rows)
		if err != nil {
			return nil, err
		}
		if !now.equal(before) {
			return map[string]sum{}, r.empty(ctx, tables)
		}
	}
	return done, nil
}

// empty removes what earlier runs have copied.
func (r *run) empty(ctx context.Context, tables []table) error {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.name
	}
	return pgx.BeginFunc(ctx, r.target, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `ALTER TABLE audit DISABLE TRIGGER USER; TRUNCATE `+strings.Join(names, ", ")+`, `+postgres.TransferTable+`; ALTER TABLE audit ENABLE TRIGGER USER`)
		return err
	})
}

// end sets what goes on counting, has the planner look at the tables, and opens the target to servers.
func (r *run) end(ctx context.Context, tables []table) error {
	for _, t := range tables {
		if _, err := r.target.Exec(ctx, `ANALYZE `+t.name); err != nil {
			return err
		}
	}
	return pgx.BeginFunc(ctx, r.target, func(tx pgx.Tx) error {
		for _, t := range tables {
			if t.counts == "" {
				continue
			}
			last, err := r.lastNumber(ctx, t)
			if err != nil {
				return err
			}
			if last == 0 {
				continue
			}
			if _, err := tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence($1, $2), $3)`, t.name, t.counts, last); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `DROP TABLE `+postgres.TransferTable)
		return err
	})
}

// lastNumber is the last number that the source has given to a row of a table. A number whose row is gone is not given again.
func (r *run) lastNumber(ctx context.Context, t table) (last int64, err error) {
	err = r.source.QueryRowContext(ctx, `SELECT COALESCE(MAX(`+t.counts+`), 0) FROM `+t.name).Scan(&last)
	if err != nil {
		return 0, err
	}
	var given int64
	err = r.source.QueryRowContext(ctx, `SELECT seq FROM sqlite_sequence WHERE name = ?`, t.name).Scan(&given)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return max(last, given), err
}

// show tells how far a step is.
func (r *run) show(s Step) {
	if r.Progress != nil {
		r.Progress(s)
	}
}

// closeRows joins the error of closing to the one before.
func closeRows(c io.Closer, err *error) { *err = errors.Join(*err, c.Close()) }
