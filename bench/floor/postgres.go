package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver that reads
)

func isPostgres(database string) bool { return strings.HasPrefix(database, "postgres://") }

// arrays writes to PostgreSQL: the rows of a group by one statement, with an array for each column.
type arrays struct {
	ctx   context.Context
	conn  *pgx.Conn
	types map[string]string // of columns, by "table.column"
	texts map[string]string // with numbered parameters
}

func openArrays(ctx context.Context, database string) (writer, error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return nil, err
	}
	return &arrays{ctx: ctx, conn: conn, texts: map[string]string{}}, nil
}

func (w *arrays) begin() error  { return w.exec(`BEGIN`) }
func (w *arrays) commit() error { return w.exec(`COMMIT`) }

func (w *arrays) many(c change, from, to int) error {
	if from == to {
		return nil
	}
	if err := w.readTypes(); err != nil {
		return err
	}
	columns := c.columns
	if c.by != "" {
		columns = append(columns[:len(columns):len(columns)], c.by)
	}
	args, lists := make([]any, len(columns)), make([]string, len(columns))
	for i, column := range columns {
		kind := w.types[c.table+"."+column]
		args[i], lists[i] = list(kind, c.args[from:to], i), "$"+strconv.Itoa(i+1)+"::"+kind+"[]"
	}
	rows := `unnest(` + strings.Join(lists, ", ") + `)`
	text := `INSERT INTO ` + c.table + ` (` + strings.Join(columns, ", ") + `) SELECT * FROM ` + rows
	if c.by != "" {
		text = `UPDATE ` + c.table + ` AS t SET ` + each(c.columns, "%[1]s = given.%[1]s") + ` FROM ` + rows + ` AS given (` + strings.Join(columns, ", ") + `)
			WHERE t.` + c.by + ` = given.` + c.by
	}
	_, err := w.conn.Exec(w.ctx, text, args...)
	return err
}

// list is a column of some rows as the array that the driver sends fastest.
func list(kind string, rows [][]any, column int) any {
	switch kind {
	case "bigint":
		return of[int64](rows, column)
	case "boolean":
		return of[bool](rows, column)
	case "bytea":
		return of[[]byte](rows, column)
	}
	return of[string](rows, column)
}

// of is a column whose values are of one type, or missing.
func of[T any](rows [][]any, column int) []*T {
	values := make([]*T, len(rows))
	for i, row := range rows {
		if v, ok := row[column].(T); ok {
			values[i] = &v
		}
	}
	return values
}

func (w *arrays) readTypes() error {
	if w.types != nil {
		return nil
	}
	rows, err := w.conn.Query(w.ctx, `SELECT table_name || '.' || column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()`)
	if err != nil {
		return err
	}
	w.types = map[string]string{}
	var column, kind string
	_, err = pgx.ForEachRow(rows, []any{&column, &kind}, func() error {
		w.types[column] = kind
		return nil
	})
	return err
}

// exec runs a statement. The driver keeps those with arguments prepared; what has none may be several statements.
func (w *arrays) exec(text string, args ...any) error {
	if len(args) == 0 {
		_, err := w.conn.Exec(w.ctx, text, pgx.QueryExecModeSimpleProtocol)
		return err
	}
	numbered, ok := w.texts[text]
	if !ok {
		parts := strings.Split(text, "?")
		numbered = parts[0]
		for i, part := range parts[1:] {
			numbered += fmt.Sprintf("$%d", i+1) + part
		}
		w.texts[text] = numbered
	}
	_, err := w.conn.Exec(w.ctx, numbered, args...)
	return err
}

func (w *arrays) close() error { return w.conn.Close(w.ctx) }
