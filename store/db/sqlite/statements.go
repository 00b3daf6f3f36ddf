package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// preparer is a connection or a pool.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Statements keeps the statements of a connection or pool prepared: parsing them costs more than running them.
// Only constant statements may go through it.
type Statements struct {
	on       preparer
	wrong    func(error) // sees every error of the database; nil: none
	mu       sync.RWMutex
	Prepared map[string]*sql.Stmt
}

// NewStatements prepares statements on a connection or pool; wrong hears of every error.
func NewStatements(on preparer, wrong func(error)) *Statements {
	return &Statements{on: on, wrong: wrong, Prepared: map[string]*sql.Stmt{}}
}

func (s *Statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	st := s.Prepared[query]
	s.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.Prepared[query]; st != nil {
		return st, nil
	}
	st, err := s.on.PrepareContext(ctx, query)
	if err == nil {
		s.Prepared[query] = st
	}
	return st, err
}

// Run runs a statement without arguments.
func (s *Statements) Run(ctx context.Context, query string) error {
	_, err := s.Exec(ctx, query)
	return err
}

// RunOnce runs a statement whose text is made for this one time: it is not kept.
func (s *Statements) RunOnce(ctx context.Context, query string) error {
	_, err := s.on.ExecContext(ctx, query)
	s.wrong(err)
	return err
}

// Exec runs a statement and returns how many rows it changed.
func (s *Statements) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.get(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	s.wrong(err)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Rows runs a query.
func (s *Statements) Rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.get(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	s.wrong(err)
	return rows, err
}

// Row runs a query for one row; its error comes at Scan.
func (s *Statements) Row(ctx context.Context, query string, args ...any) *sql.Row {
	st, err := s.get(ctx, query)
	if err != nil {
		// A Row can only be made by a query: run the text itself, which fails the same way at Scan.
		return s.on.(interface {
			QueryRowContext(context.Context, string, ...any) *sql.Row
		}).QueryRowContext(ctx, query, args...)
	}
	row := st.QueryRowContext(ctx, args...)
	s.wrong(row.Err())
	return row
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

// Column is Collect for a query of one column.
func Column[T any](rows *sql.Rows) ([]T, error) {
	return Collect(rows, func(one *T, scan func(...any) error) error { return scan(one) })
}

// Close closes what was prepared.
func (s *Statements) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.Prepared {
		_ = st.Close() // the connection goes next
	}
	clear(s.Prepared)
}

// Reader is the pool that reads. It sees what is committed and never waits for the writer.
type Reader struct {
	DB *sql.DB // for statements whose text is not constant
	*Statements
}

// NewReader reads through a pool; wrong hears of every error.
func NewReader(db *sql.DB, wrong func(error)) *Reader {
	return &Reader{DB: db, Statements: NewStatements(db, wrong)}
}

// Close closes the pool.
func (r *Reader) Close() error {
	r.Statements.Close()
	return r.DB.Close()
}
