// Package statement runs the statements of the store, each prepared once, on whichever database it is.
//
// A text is written once, as SQLite reads it: for another database it is translated when it is prepared. Text that strangers
// sent becomes valid text here, before any database sees it. The package knows no table.
package statement

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Dialect turns a text that SQLite reads into the one that a database reads; nil leaves it as it is.
type Dialect func(text string) string

// On is a connection or a pool.
type On interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Statements keeps the statements of a connection or pool prepared: parsing them costs more than running them. Only constant
// texts may be kept; the others are run by RunOnce, RowsOnce and RowOnce.
type Statements struct {
	on       On
	dialect  Dialect
	wrong    func(error)
	changed  atomic.Int64
	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
}

// New prepares statements on a connection or pool; wrong hears of every error, unless it is nil.
func New(on On, dialect Dialect, wrong func(error)) *Statements {
	return &Statements{on: on, dialect: dialect, wrong: wrong, prepared: map[string]*sql.Stmt{}}
}

func (s *Statements) text(query string) string {
	if s.dialect == nil {
		return query
	}
	return s.dialect(query)
}

func (s *Statements) note(err error) error {
	if err != nil && s.wrong != nil {
		s.wrong(err)
	}
	return err
}

func (s *Statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	st := s.prepared[query]
	s.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.prepared[query]; st != nil {
		return st, nil
	}
	st, err := s.on.PrepareContext(ctx, s.text(query))
	if err == nil {
		s.prepared[query] = st
	}
	return st, s.note(err)
}

// Texts are the statements that it keeps.
func (s *Statements) Texts() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.prepared))
}

// Run runs a statement without arguments.
func (s *Statements) Run(ctx context.Context, query string) error {
	_, err := s.Exec(ctx, query)
	return err
}

// RunOnce runs a statement whose text is made for this one time: it is not kept.
func (s *Statements) RunOnce(ctx context.Context, query string) error {
	_, err := s.on.ExecContext(ctx, s.text(query))
	return s.note(err)
}

// Exec runs a statement and returns how many rows it changed.
func (s *Statements) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.get(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, clean(args)...)
	if err != nil {
		return 0, s.note(err)
	}
	n, err := res.RowsAffected()
	s.changed.Add(n)
	return n, err
}

// Changed is how many rows the kept statements have changed until now.
func (s *Statements) Changed() int64 { return s.changed.Load() }

// Rows runs a query.
func (s *Statements) Rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.get(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, clean(args)...)
	return rows, s.note(err)
}

// RowsOnce is Rows for a text that is not kept.
func (s *Statements) RowsOnce(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.on.QueryContext(ctx, s.text(query), clean(args)...)
	return rows, s.note(err)
}

// Row runs a query for one row.
func (s *Statements) Row(ctx context.Context, query string, args ...any) Row {
	st, err := s.get(ctx, query)
	if err != nil {
		return Row{err: err}
	}
	row := st.QueryRowContext(ctx, clean(args)...)
	return Row{row, s.note(row.Err())}
}

// RowOnce is Row for a text that is not kept.
func (s *Statements) RowOnce(ctx context.Context, query string, args ...any) Row {
	row := s.on.QueryRowContext(ctx, s.text(query), clean(args)...)
	return Row{row, s.note(row.Err())}
}

// Row is the answer to a query for one row.
type Row struct {
	row *sql.Row
	err error
}

// Failed is the answer to a query that could not be asked.
func Failed(err error) Row { return Row{err: err} }

// Err is what went wrong with the query. That there is no such row is known to Scan alone.
func (r Row) Err() error { return r.err }

// Scan reads the row; sql.ErrNoRows if there is none.
func (r Row) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(into...)
}

// Collect reads all that a query has found; read makes one of each row.
func Collect[T any](rows *sql.Rows, read func(one *T, scan func(...any) error) error) (all []T, err error) {
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := read(&one, rows.Scan); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// CollectBy is Collect with a function that makes one of a row, whether or not the query is for one alone.
func CollectBy[T any](rows *sql.Rows, read func(scan func(...any) error) (T, error)) ([]T, error) {
	return Collect(rows, func(one *T, scan func(...any) error) (err error) {
		*one, err = read(scan)
		return err
	})
}

// Column is Collect for a query of one column.
func Column[T any](rows *sql.Rows) ([]T, error) {
	return Collect(rows, func(one *T, scan func(...any) error) error { return scan(one) })
}

// Close closes what was prepared.
func (s *Statements) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.prepared {
		_ = st.Close() // the connection goes next
	}
	clear(s.prepared)
}

// Reader is the pool that reads. It sees what is committed and never waits for the writer.
type Reader struct {
	pool *sql.DB
	*Statements
}

// NewReader reads through a pool; wrong hears of every error.
func NewReader(pool *sql.DB, dialect Dialect, wrong func(error)) *Reader {
	return &Reader{pool, New(pool, dialect, wrong)}
}

// Close closes the pool.
func (r *Reader) Close() error {
	r.Statements.Close()
	return r.pool.Close()
}
