package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// oldest is the first version of PostgreSQL that suits: since 14 an index removes outdated versions of rows that
// are updated often by itself, before it grows.
const oldest = 14

// errNoServer marks what is wrong with a server or database at the moment, and not with what it was asked.
var errNoServer = errors.New("this PostgreSQL does not suit")

// server is what must hold of a server and a database, whatever is in it.
type server struct {
	version  int // 150004
	name     string
	encoding string
	commits  string // synchronous_commit
	standby  bool
	readOnly bool
	schema   *string // in which tables are made; nil: none
}

func checkServer(ctx context.Context, conn *pgx.Conn, a Address) error {
	var s server
	err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'),
		current_setting('synchronous_commit'), pg_is_in_recovery(), current_setting('transaction_read_only')::bool, current_schema()`).
		Scan(&s.version, &s.name, &s.encoding, &s.commits, &s.standby, &s.readOnly, &s.schema)
	if err != nil {
		return err
	}
	if wrong := s.unfit(a); wrong != "" {
		return fmt.Errorf("%w: %s", errNoServer, wrong)
	}
	return nil
}

// unfit says why a server cannot be used and what to do, "" if it can.
func (s server) unfit(a Address) string {
	switch {
	case s.version < oldest*10000:
		return fmt.Sprintf("%s is PostgreSQL %s. ioZen needs version %d or newer", a.server(), s.name, oldest)
	case s.standby:
		return fmt.Sprintf("%s is a standby, which cannot be written. Use the address of the primary", a.server())
	case s.readOnly:
		return fmt.Sprintf("the transactions of user %s are read-only. Set default_transaction_read_only to off", a.config.User)
	case s.encoding != "UTF8":
		return fmt.Sprintf("database %s is encoded in %s. Make one in UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", a.config.Database, s.encoding)
	case s.commits == "off":
		return "synchronous_commit is off, so that accepted events could be lost in a power cut. Set it to on (ALTER SYSTEM, ALTER DATABASE or ALTER ROLE … SET synchronous_commit)"
	case s.schema == nil:
		return fmt.Sprintf("the search_path of user %s names no schema of database %s. Create the schema, or set search_path", a.config.User, a.config.Database)
	}
	return ""
}
