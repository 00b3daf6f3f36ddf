package db

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

// stmts keeps the statements of a connection or pool prepared: parsing them costs more than running them.
// Only constant statements may go through it.
type stmts struct {
	on    preparer
	wrong func(error) // sees every error of the database; nil: none
	mu    sync.RWMutex
	by    map[string]*sql.Stmt
}

func newStmts(on preparer, wrong func(error)) *stmts {
	return &stmts{on: on, wrong: wrong, by: map[string]*sql.Stmt{}}
}

func (s *stmts) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	st := s.by[query]
	s.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.by[query]; st != nil {
		return st, nil
	}
	st, err := s.on.PrepareContext(ctx, query)
	if err == nil {
		s.by[query] = st
	}
	return st, err
}

func (s *stmts) run(ctx context.Context, query string) error {
	_, err := s.exec(ctx, query)
	return err
}

// runOnce runs a statement whose text is made for this one time: it is not kept.
func (s *stmts) runOnce(ctx context.Context, query string) error {
	_, err := s.on.ExecContext(ctx, query)
	s.wrong(err)
	return err
}

func (s *stmts) exec(ctx context.Context, query string, args ...any) (int64, error) {
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

func (s *stmts) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.get(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	s.wrong(err)
	return rows, err
}

func (s *stmts) row(ctx context.Context, query string, args ...any) *sql.Row {
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

func (s *stmts) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.by {
		_ = st.Close() // the connection goes next
	}
	clear(s.by)
}

// reader is the pool that reads. It sees what is committed and never waits for the writer.
type reader struct {
	db *sql.DB
	*stmts
}

func newReader(db *sql.DB, wrong func(error)) *reader {
	return &reader{db: db, stmts: newStmts(db, wrong)}
}

func (r *reader) close() error {
	r.stmts.close()
	return r.db.Close()
}
