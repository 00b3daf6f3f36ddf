package main

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // registers the driver
)

// rowByRow writes to SQLite, with prepared statements of few rows: more in one would not be cheaper.
type rowByRow struct {
	ctx  context.Context
	db   *sql.DB
	conn *sql.Conn
	by   map[string]*sql.Stmt
}

func openRows(ctx context.Context, database string) (writer, error) {
	db, err := sql.Open("sqlite", database)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &rowByRow{ctx: ctx, db: db, conn: conn, by: map[string]*sql.Stmt{}}, nil
}

func (w *rowByRow) begin() error  { return w.exec(`BEGIN IMMEDIATE`) }
func (w *rowByRow) commit() error { return w.exec(`COMMIT`) }

// parameters is how many of them one statement takes: a row of many columns goes alone, short ones go together.
const parameters = 128

func (w *rowByRow) many(c change, from, to int) error {
	rows := c.args[from:to]
	if c.by != "" {
		text := `UPDATE ` + c.table + ` SET ` + each(c.columns, "%s = ?") + ` WHERE ` + c.by + ` = ?`
		for _, args := range rows {
			if err := w.exec(text, args...); err != nil {
				return err
			}
		}
		return nil
	}
	row := `, (?` + strings.Repeat(`, ?`, len(c.columns)-1) + `)`
	for some := range slices.Chunk(rows, max(1, parameters/len(c.columns))) {
		if err := w.exec(insert(c.table, c.columns)+strings.Repeat(row, len(some)-1), slices.Concat(some...)...); err != nil {
			return err
		}
	}
	return nil
}

// exec runs a statement, prepared once. What has no arguments may be several statements.
func (w *rowByRow) exec(text string, args ...any) (err error) {
	s := w.by[text]
	if s == nil {
		if s, err = w.conn.PrepareContext(w.ctx, text); err != nil {
			return err
		}
		w.by[text] = s
	}
	_, err = s.ExecContext(w.ctx, args...)
	return err
}

func (w *rowByRow) close() error {
	for _, s := range w.by {
		_ = s.Close() // the connection goes next
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}
