package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// table is what a query has found.
type table struct {
	columns []string
	values  [][]any
}

func (t table) at(row int, column string) any { return t.values[row][slices.Index(t.columns, column)] }

func read(ctx context.Context, db *sql.DB, query string) (t table, err error) {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return t, err
	}
	defer found.Close()
	if t.columns, err = found.Columns(); err != nil {
		return t, err
	}
	for found.Next() {
		row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			return t, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && b == nil { // the driver's empty blob, which it would bind as NULL
				row[i] = []byte{}
			}
		}
		t.values = append(t.values, row)
	}
	return t, found.Err()
}

// insert is the statement that adds a row with some columns.
func insert(table string, columns []string) string {
	return `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
}

// each makes a list of columns in some form.
func each(columns []string, form string) string {
	said := make([]string, len(columns))
	for i, c := range columns {
		said[i] = fmt.Sprintf(form, c)
	}
	return strings.Join(said, ", ")
}
