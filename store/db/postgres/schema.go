package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"iozen/store"
	"iozen/store/db/schema"
	"iozen/store/db/sealed"
)

//go:embed migrations
var files embed.FS

// Migrations are the steps from an empty database to the newest schema.
func Migrations() (fs.FS, error) { return fs.Sub(files, "migrations") }

// ReadSchema looks into a database; fs.ErrNotExist if it is empty. It refuses a server that does not suit, and a database
// that belongs to another program.
func ReadSchema(ctx context.Context, a Address) (found schema.Found, err error) {
	conn, err := a.Connect(ctx)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(a.Explain(err), conn.Close(context.WithoutCancel(ctx))) }()
	migrations, err := Migrations()
	if err != nil {
		return found, err
	}
	return a.readSchema(ctx, conn, migrations)
}

func (a Address) readSchema(ctx context.Context, conn *pgx.Conn, migrations fs.FS) (found schema.Found, err error) {
	if err := checkServer(ctx, conn, a); err != nil {
		return found, err
	}
	tables, err := ownTables(ctx, conn)
	switch {
	case err != nil:
		return found, err
	case len(tables) == 0:
		return found, fs.ErrNotExist
	case slices.Contains(tables, TransferTable):
		return found, fmt.Errorf("%s: %w", a, ErrTransfer)
	case !slices.Contains(tables, VersionTable):
		return found, foreign(a, tables)
	}
	if found.Version, err = version(ctx, conn); err != nil {
		return found, err
	}
	switch {
	case found.Version == 0 && len(tables) == 1:
		return found, fs.ErrNotExist // whoever began to make it was interrupted
	case !slices.Contains(tables, "bots") || !slices.Contains(tables, "deliveries"): // others use goose too
		return found, foreign(a, tables)
	}
	if found.Newest, err = schema.Newest(migrations); err != nil {
		return found, err
	}
	found.SealedBy, err = sealedBy(ctx, conn)
	return found, err
}

const (
	// VersionTable is where goose keeps the version.
	VersionTable = goose.DefaultTablename
	// TransferTable is there while another database is being copied into this one.
	TransferTable = "iozen_transfer"
)

// ErrTransfer says that a database was not copied whole into this one yet.
var ErrTransfer = errors.New("another database is being copied into this one, and is not there whole. Run iozen migrate-database again: it goes on where it was stopped")

func foreign(a Address, tables []string) error {
	return fmt.Errorf("%s holds tables of another program (such as %s). Give ioZen a database of its own, or a schema of its own (search_path)", a, tables[0])
}

// ownTables are the tables of the schema that ours would be in, without those that belong to extensions.
func ownTables(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f')
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func version(ctx context.Context, conn *pgx.Conn) (version int64, err error) {
	err = conn.QueryRow(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+VersionTable+` WHERE is_applied`).Scan(&version)
	return version, err
}

// checkSchema refuses a database whose schema another program has made newer than this one can work with, since it was opened.
func checkSchema(ctx context.Context, conn *pgx.Conn, a Address) error {
	var found schema.Found
	migrations, err := Migrations()
	if err == nil {
		found.Newest, err = schema.Newest(migrations)
	}
	if err == nil {
		found.Version, err = version(ctx, conn)
	}
	if err != nil {
		return fmt.Errorf("reading which schema the database has: %w", err)
	}
	if err := found.Known(); err != nil {
		return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, a, err)
	}
	return nil
}

// sealedBy lists the keys that the envelopes in a database name. A damaged envelope names none: whoever opens it reports that.
// An older schema has fewer columns.
func sealedBy(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	var ids []string
	for _, c := range sealed.Columns {
		var there bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2)`,
			c.Table, c.Field).Scan(&there)
		if err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		rows, err := conn.Query(ctx, `SELECT DISTINCT substr(`+c.Field+`, 4, 8) FROM `+c.Table+` WHERE `+c.Field+` ~ '^v1:[0-9a-f]{8}:'`)
		if err != nil {
			return nil, err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
