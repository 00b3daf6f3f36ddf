package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"iozen/store/db/schema"
	"iozen/store/db/sealed"
	"iozen/store/db/statement"
	"iozen/store/durable"
	"iozen/store/secret"
)

//go:embed migrations
var Migrations embed.FS

// ReadSchema looks into a database file; fs.ErrNotExist if there is none. A file without a version was not made by ioZen:
// most likely it is an interrupted copy, which must not be mistaken for an empty database.
func ReadSchema(ctx context.Context, path string) (s schema.Found, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := orphanedLog(path); err != nil {
			return s, err
		}
		return s, err
	case err != nil:
		return s, err
	case !info.Mode().IsRegular():
		return s, fmt.Errorf("%s is not a file", path)
	case info.Size() == 0:
		return s, fmt.Errorf("%s is empty: the copy or download that made it did not finish. Remove it to begin with an empty database, or restore a backup", path)
	}
	if err := foreignLog(path); err != nil {
		return s, err
	}
	db, err := sql.Open("sqlite", DSN(path, "ro"))
	if err != nil {
		return s, err
	}
	defer db.Close()
	if s.Version, err = schemaVersion(ctx, db); err == nil {
		s.SealedBy, err = sealedBy(ctx, db)
	}
	if err == nil {
		s.Newest, err = NewestSchema()
	}
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", path, ExplainAccess(path, ExplainDamage(err)))
	}
	return s, nil
}

func schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	// Other programs use goose too: a version alone does not make a database ours.
	var ours int
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('goose_db_version', 'bots')`).Scan(&ours); err != nil {
		return 0, err
	}
	if ours < 2 {
		return 0, errors.New("it holds no database of ioZen: the copy that made it did not finish, or it belongs to another program. Use another backup, or another IOZEN_DATABASE_URL")
	}
	var numbered bool
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_table_info('bots') WHERE name = 'number'`).Scan(&numbered); err != nil {
		return 0, err
	}
	if !numbered {
		return 0, errors.New("it was made by a version from before the first release, whose databases this version cannot read. Move it away, with the -wal and -shm beside it, to begin with an empty database")
	}
	err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// sealedBy lists the keys that the envelopes in a database name. A damaged envelope names none: whoever opens it reports
// that. An older schema has fewer columns.
func sealedBy(ctx context.Context, db *sql.DB) ([]string, error) {
	var ids []string
	for _, c := range sealed.Columns {
		var there bool
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ?`, c.Table, c.Field).Scan(&there); err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		rows, err := db.QueryContext(ctx, `SELECT DISTINCT substr(`+c.Field+`, 4, 8) FROM `+c.Table+` WHERE `+c.Field+` GLOB ?`, anyEnvelope)
		if err != nil {
			return nil, err
		}
		found, err := statement.Column[string](rows)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// anyEnvelope matches every sealed value, whichever the key.
var anyEnvelope = "v1:" + strings.Repeat("[0-9a-f]", 8) + ":*"

// NewestSchema is the number of the last migration.
func NewestSchema() (int64, error) {
	files, err := migrations()
	if err != nil {
		return 0, err
	}
	return schema.Newest(files)
}

func migrations() (fs.FS, error) { return fs.Sub(Migrations, "migrations/sqlite") }

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := migrations()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// Create makes a database with the newest schema. It gets its name once it is complete: a crash leaves no half-made
// database, and processes that start at the same time all use the first one's.
func Create(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	if err := durable.MakeFolder(dir); err != nil {
		return fmt.Errorf("making the database's folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".iozen-new-*.db") // mode 0600
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	made := f.Name()
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(made + suffix)
		}
	}()
	db, err := sql.Open("sqlite", DSN(made, "rw"))
	if err = errors.Join(err, durable.OwnLikeFolder(f), f.Close()); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(migrate(ctx, db), db.Close()); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the database: %w", err)
	}
	return durable.SyncDir(dir)
}

// KeysFor reads the key file of a database, or makes one for a new one (schema.KeysFor).
func KeysFor(ctx context.Context, url, keyFile string) (*secret.Keyring, error) {
	path, err := DatabasePath(url)
	if err != nil {
		return nil, fmt.Errorf("the database's address %w", err)
	}
	return schema.KeysFor(keyFile, func() (schema.Found, error) { return ReadSchema(ctx, path) })
}
