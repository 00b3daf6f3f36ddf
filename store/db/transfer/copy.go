package transfer

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"

	"iozen/store/db/postgres"
)

// showEvery is after how many rows a long step says how far it is.
const showEvery = 50_000

// reading goes through the rows of a table of the source and sums them. It is what the driver copies from.
type reading struct {
	*run
	step   Step
	rows   *sql.Rows
	into   []any
	row    []any
	summer *summer
	err    error
}

func (r *run) read(ctx context.Context, t table, step Step) (*reading, error) {
	rows, err := r.source.QueryContext(ctx, t.query())
	if err != nil {
		return nil, err
	}
	return &reading{run: r, step: step, rows: rows, into: t.targets(), row: make([]any, len(t.columns)), summer: newSummer()}, nil
}

// Next reads a row.
func (r *reading) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	if r.err = r.rows.Scan(r.into...); r.err != nil {
		return false
	}
	values(r.into, r.row)
	r.summer.add(r.row)
	if r.step.Rows = r.summer.rows; r.step.Rows%showEvery == 0 {
		r.show(r.step)
	}
	return true
}

// Values are those of the row.
func (r *reading) Values() ([]any, error) { return r.row, nil }

// Err is why there is no next row.
func (r *reading) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.rows.Err()
}

// copy copies one table in one transaction, with the note that it is there.
func (r *run) copy(ctx context.Context, t table) (copied sum, err error) {
	step := Step{Doing: Copying, Table: t.name}
	if err := r.source.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+t.name).Scan(&step.Of); err != nil {
		return sum{}, err
	}
	rows, err := r.read(ctx, t, step)
	if err != nil {
		return sum{}, err
	}
	defer closeRows(rows.rows, &err)
	err = pgx.BeginFunc(ctx, r.target, func(tx pgx.Tx) error {
		if t.bornFull {
			if _, err := tx.Exec(ctx, `DELETE FROM `+t.name); err != nil {
				return err
			}
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.names(), rows); err != nil {
			return err
		}
		copied = rows.summer.sum()
		if _, err := tx.Exec(ctx, `INSERT INTO `+postgres.TransferTable+` VALUES ($1, $2, $3)`, t.name, copied.rows, copied.bytes); err != nil {
			return err
		}
		step.Rows, step.Ended = copied.rows, true
		r.show(step)
		return nil
	})
	return copied, err
}

// sourceSum sums a table of the source.
func (r *run) sourceSum(ctx context.Context, t table, doing Doing, of int64) (s sum, err error) {
	rows, err := r.read(ctx, t, Step{Doing: doing, Table: t.name, Of: of})
	if err != nil {
		return sum{}, err
	}
	defer closeRows(rows.rows, &err)
	for rows.Next() {
	}
	if rows.Err() == nil {
		rows.step.Ended, rows.step.Rows = true, rows.summer.rows
		r.show(rows.step)
	}
	return rows.summer.sum(), rows.Err()
}

// prove reads a table of the target again, and compares it with what was read from the source.
func (r *run) prove(ctx context.Context, t table, want sum) error {
	step := Step{Doing: Checking, Table: t.name, Of: want.rows}
	rows, err := r.target.Query(ctx, t.query())
	if err != nil {
		return err
	}
	into, row, summer := t.targets(), make([]any, len(t.columns)), newSummer()
	if _, err := pgx.ForEachRow(rows, into, func() error {
		values(into, row)
		summer.add(row)
		if step.Rows = summer.rows; step.Rows%showEvery == 0 {
			r.show(step)
		}
		return nil
	}); err != nil {
		return err
	}
	if got := summer.sum(); !got.equal(want) {
		return fmt.Errorf("%s was not copied right: %d rows with checksum %x in the source, %d with %x in the target. Report this, and keep the SQLite file", t.name, want.rows, want.bytes[:8], got.rows, got.bytes[:8])
	}
	step.Ended = true
	r.show(step)
	return nil
}
