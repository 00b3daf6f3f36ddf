package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver
)

//go:embed migrations
var migrations embed.FS

// The pragmas go into the data source name, so that every connection of a pool has them.
var (
	writerPragmas = []string{
		"auto_vacuum(INCREMENTAL)", // the file can shrink, a few pages at a time; only an empty database takes it, and before WAL
		"journal_mode(WAL)",        // readers never wait for the writer
		"synchronous(FULL)",        // a commit is on disk; NORMAL may roll back on power loss. Free in group commits.
		"busy_timeout(5000)",       // another process (backup, a shell) may hold the lock for a moment
		"foreign_keys(ON)",         // off by default, per connection
		"cache_size(-16384)",       // 16 MiB: the hot ends of the indexes stay in memory
		"temp_store(MEMORY)",       // what little is sorted
		"secure_delete(ON)",        // what is erased, or past its retention, is overwritten in the file
		"wal_autocheckpoint(4000)", // 16 MiB: pages that every commit changes are moved into the database once for many commits
		"journal_size_limit(67108864)",
	}
	readerPragmas = []string{
		"busy_timeout(5000)",
		"cache_size(-2048)", // 2 MiB for each of the pool: what pages read is small, and in the system's cache
		"temp_store(MEMORY)",
	}
)

const (
	maxReaders = 8
	// readerIdle is how long an idle reading connection keeps its memory.
	readerIdle = time.Minute
)

// openSQLite opens the file twice: a writer of one connection, and a pool that can only read.
func openSQLite(ctx context.Context, path string) (write, read *sql.DB, err error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, fmt.Errorf("making the database's folder: %w", err)
		}
	}
	if write, err = sql.Open("sqlite", sqliteDSN(path, "rwc")); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, write); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	if read, err = sql.Open("sqlite", sqliteDSN(path, "ro")); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders)
	read.SetConnMaxIdleTime(readerIdle)
	return write, read, nil
}

// sqlitePath is the path in sqlite:PATH, "" for anything else.
func sqlitePath(url string) string {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return ""
	}
	return path
}

func sqliteDSN(path, mode string) string {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": writerPragmas}
	if mode == "ro" {
		q["_pragma"] = readerPragmas
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?" + q.Encode()
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

// wipe empties the write-ahead log, so that what was erased is gone from it too: in the database itself freed bytes
// are overwritten (secure_delete). While somebody reads an older state the log cannot be emptied; later commits
// overwrite it from its beginning.
func (db *DB) wipe(ctx context.Context) error {
	conn, err := sql.Open("sqlite", sqliteDSN(sqlitePath(db.cfg.URL), "rw"))
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("emptying the write-ahead log: %w", err)
	}
	return nil
}

// Backup writes a consistent copy of the database to a new file while it is in use.
// The key file is not part of it.
func (db *DB) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite writes into an empty file that is there
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("backing up: %s exists already", path)
	}
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if _, err := db.reader.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return fmt.Errorf("backing up to %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	return syncDir(filepath.Dir(path))
}
