package pgtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// lent are the databases of this process that were given back.
var lent struct {
	mu   sync.Mutex
	free []loan
}

// loan is a database that one test after another has for itself.
type loan struct {
	url  string
	conn *pgx.Conn // of the superuser
}

// Lend is URL for a test that changes rows and nothing else: hundreds of them cost more to make and to drop than what their
// tests do. The database may have been another test's before, and is as new. If the test fails, nobody gets it after.
func Lend(t testing.TB) string {
	t.Helper()
	l, err := borrow()
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			require.NoError(t, l.conn.Close(context.Background()))
			return
		}
		require.NoError(t, l.empty())
		lent.mu.Lock()
		defer lent.mu.Unlock()
		lent.free = append(lent.free, l)
	})
	return l.url
}

func borrow() (loan, error) {
	lent.mu.Lock()
	if last := len(lent.free) - 1; last >= 0 {
		l := lent.free[last]
		lent.free = lent.free[:last]
		lent.mu.Unlock()
		return l, nil
	}
	lent.mu.Unlock()
	if err := migrated(); err != nil {
		return loan{}, err
	}
	c, err := shared()
	if err != nil {
		return loan{}, err
	}
	name := fmt.Sprintf("iozen_lent_%d", databases.Add(1))
	if err := c.Do(`CREATE DATABASE ` + name + ` OWNER ` + owner + ` TEMPLATE ` + template); err != nil {
		return loan{}, err
	}
	conn, err := pgx.Connect(context.Background(), c.url("postgres", name))
	if err != nil {
		return loan{}, err
	}
	_, err = conn.PgConn().Exec(context.Background(), remember).ReadAll()
	return loan{c.url(owner, name), conn}, err
}

// remember keeps the rows that the migrations have made, and has nothing refuse what empty does: a trigger keeps the audit log.
const remember = `SET session_replication_role = replica; SET jit = off;
CREATE SCHEMA made;
DO $$ DECLARE name text; filled boolean; BEGIN
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
		IF filled THEN EXECUTE format('CREATE TABLE made.%I AS TABLE public.%I', name, name); END IF;
	END LOOP;
END $$`

// clean waits until the connections of the last test have ended, with the locks that they held, and puts all tables back.
const clean = `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
DO $$ DECLARE name text; filled boolean; BEGIN
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
		IF filled AND pg_relation_size(format('public.%I', name)) > 262144 THEN EXECUTE format('TRUNCATE public.%I CASCADE', name);
		ELSIF filled THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
	END LOOP;
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'made' LOOP
		EXECUTE format('INSERT INTO public.%I SELECT * FROM made.%I', name, name);
	END LOOP;
	PERFORM setval(format('public.%I', sequencename), start_value, false) FROM pg_sequences
		WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE 'goose_db_version%';
END $$`

func (l loan) empty() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := l.conn.PgConn().Exec(ctx, clean).ReadAll(); err != nil {
		return fmt.Errorf("emptying a database that was lent: %w", err)
	}
	return nil
}
