package statement

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Many is a statement that is run for many rows: for each by itself, or, where a round trip to a server costs more than the
// row, for all of them together.
type Many struct {
	one, all string
	// How several rows are inserted by one: begin, a row, more rows, end.
	begin, more, end string
	several          int
}

// Insert adds rows to a table. columns are their names with their types; end is what follows.
func Insert(table, columns, end string) *Many {
	names, arrays := split(columns)
	into := `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) `
	values := `(?` + strings.Repeat(", ?", len(names)-1) + `)`
	return &Many{
		one:   into + `VALUES ` + values + ` ` + end,
		begin: into + `VALUES ` + values, more: `, ` + values, end: ` ` + end, several: 1,
		all: into + `SELECT * FROM unnest(` + arrays + `) v ` + end,
	}
}

// Several has up to n rows inserted by one statement also where each would go by itself.
func (m *Many) Several(n int) *Many {
	m.several = n
	return m
}

// Update changes rows d of a table. change and then where name each column of the row that they are given as v.name, in their
// order.
//
// The rows are looked up one by one, which the LIMIT forces, and then changed where they are: the planner cannot know how many
// there will be, and may have made its plan when the table was small.
func Update(table, columns, change, where string) *Many {
	names, arrays := split(columns)
	return &Many{
		one: ofRow.ReplaceAllString(`UPDATE `+table+` AS d SET `+change+` WHERE `+where, `?`), several: 1,
		all: `UPDATE ` + table + ` AS d SET ` + change + ` FROM (
				SELECT g.*, f.at FROM unnest(` + arrays + `) g (` + strings.Join(names, ", ") + `)
				CROSS JOIN LATERAL (SELECT d.ctid AS at FROM ` + table + ` d WHERE ` + strings.ReplaceAll(where, "v.", "g.") + ` LIMIT 1) f
			) v WHERE d.ctid = v.at`,
	}
}

var ofRow = regexp.MustCompile(`\bv\.\w+`)

func split(columns string) (names []string, arrays string) {
	var casts []string
	for c := range strings.SplitSeq(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		names, casts = append(names, name), append(casts, `CAST(? AS `+kind+`[])`)
	}
	return names, strings.Join(casts, ", ")
}

// One is the text for a single row.
func (m *Many) One() string { return m.one }

// Each runs a statement for rows, together or each by itself, and returns how many rows it changed.
func (s *Statements) Each(ctx context.Context, m *Many, rows [][]any, together bool) (changed int64, err error) {
	if together && len(rows) > 0 {
		columns, err := transposed(rows)
		if err != nil {
			return 0, err
		}
		return s.Exec(ctx, m.all, columns...)
	}
	for some := range slices.Chunk(rows, m.several) {
		text, args := m.one, some[0]
		if len(some) > 1 {
			text, args = m.begin+strings.Repeat(m.more, len(some)-1)+m.end, slices.Concat(some...)
		}
		n, err := s.Exec(ctx, text, args...)
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// transposed makes an array of each column. The first row says what its values are.
func transposed(rows [][]any) (columns []any, err error) {
	columns = make([]any, len(rows[0]))
	for c, first := range rows[0] {
		switch first.(type) {
		case int64:
			columns[c], err = column[int64](rows, c)
		case string:
			columns[c], err = column[string](rows, c)
		case bool:
			columns[c], err = column[bool](rows, c)
		case []byte:
			columns[c], err = column[[]byte](rows, c)
		case sql.NullInt64:
			columns[c], err = column[sql.NullInt64](rows, c)
		default:
			err = fmt.Errorf("no array of %T", first)
		}
		if err != nil {
			return nil, err
		}
	}
	return columns, nil
}

func column[T any](rows [][]any, c int) ([]T, error) {
	values := make([]T, len(rows))
	for i, row := range rows {
		v, ok := row[c].(T)
		if !ok {
			return nil, fmt.Errorf("column %d: %T among %T", c, row[c], v)
		}
		values[i] = v
	}
	return values, nil
}

// Pending are rows that a transaction has still to write, each kind together.
type Pending struct{ kinds []kind }

type kind struct {
	*Many
	rows [][]any
}

// errFewer says that fewer rows were changed than were to be.
var errFewer = errors.New("not every row was as it was expected to be")

// Add adds a row, which must change one row.
func (p *Pending) Add(m *Many, row []any) {
	for i := range p.kinds {
		if p.kinds[i].Many == m {
			p.kinds[i].rows = append(p.kinds[i].rows, row)
			return
		}
	}
	p.kinds = append(p.kinds, kind{m, [][]any{row}})
}

// Empty says whether there is nothing to write.
func (p *Pending) Empty() bool { return len(p.kinds) == 0 }

// Write writes the rows. It fails if one of them changed nothing.
func (p *Pending) Write(ctx context.Context, on *Statements) error {
	kinds := p.kinds
	p.kinds = nil
	for _, k := range kinds {
		n, err := on.Each(ctx, k.Many, k.rows, true)
		if err != nil {
			return err
		}
		if int(n) != len(k.rows) {
			return fmt.Errorf("%w: %d of %d", errFewer, n, len(k.rows))
		}
	}
	return nil
}
