package store

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
)

//go:embed migrations
var migrations embed.FS

// schema is what a database file holds, read before this program changes anything in it.
type schema struct {
	version  int64    // of the newest migration that it has seen
	sealedBy []string // ids of the keys that its sealed values need
}

// readSchema looks into a database file. The error is fs.ErrNotExist when there is none. A file without a version is no
// database of ours: an interrupted copy, most likely, which must not be taken for an empty house.
func readSchema(ctx context.Context, path string) (s schema, err error) {
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
	db, err := sql.Open("sqlite", sqliteDSN(path, "ro"))
	if err != nil {
		return s, err
	}
	defer db.Close()
	if s.version, err = schemaVersion(ctx, db); err == nil {
		s.sealedBy, err = sealedBy(ctx, db)
	}
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", path, explainAccess(path, explainDamage(err)))
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
	err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// sealedBy lists the keys that the envelopes in a database name. One that is damaged names none: it is the business of
// whoever opens it. A schema that is older has fewer columns.
func sealedBy(ctx context.Context, db *sql.DB) ([]string, error) {
	var ids []string
	for _, c := range sealedColumns {
		var there bool
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ?`, c.table, c.field).Scan(&there); err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		rows, err := db.QueryContext(ctx, `SELECT DISTINCT substr(`+c.field+`, 4, 8) FROM `+c.table+` WHERE `+c.field+` GLOB ?`, anyEnvelope)
		if err != nil {
			return nil, err
		}
		found, err := scanTexts(rows)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// anyEnvelope matches what sealed makes, whichever the key.
var anyEnvelope = "v1:" + strings.Repeat("[0-9a-f]", 8) + ":*"

func scanTexts(rows *sql.Rows) (texts []string, err error) {
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// fits says why this program must leave a database alone: it is newer, or some of its values need a key that is not in
// the ring, or it is older and a server of an older version may be using it.
func (s schema) fits(keys *Keyring, beside bool) error {
	newest, err := newestSchema()
	switch {
	case err != nil:
		return err
	case s.version > newest:
		return fmt.Errorf("the database was made by a newer version of ioZen (its schema is %d, this version knows %d). Run that version, or restore a backup from before the upgrade", s.version, newest)
	case s.version < newest && beside:
		return fmt.Errorf("the database was made by an older version of ioZen (its schema is %d, this version needs %d). Start the server of this version once: only iozen serve changes the schema", s.version, newest)
	}
	missing := slices.DeleteFunc(slices.Clone(s.sealedBy), func(id string) bool { _, ok := keys.key(id); return ok })
	if len(missing) > 0 {
		return &MissingKeyError{IDs: missing}
	}
	return nil
}

// newestSchema is the number of the last migration.
func newestSchema() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		number, err := goose.NumericComponent(file)
		if err != nil {
			return 0, fmt.Errorf("reading the migrations: %w", err)
		}
		newest = max(newest, number)
	}
	return newest, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
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

// createSQLite makes a database with the newest schema. Its name appears when it is whole: a crash leaves no half
// database, and of several processes that start at the same time all use the first one's.
func createSQLite(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	if err := MakeFolder(dir); err != nil {
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
	db, err := sql.Open("sqlite", sqliteDSN(made, "rw"))
	if err = errors.Join(err, OwnLikeFolder(f), f.Close()); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(migrate(ctx, db), db.Close()); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the database: %w", err)
	}
	return syncDir(dir)
}
