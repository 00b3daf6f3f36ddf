package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver
)

// The pragmas go into the data source name, so that every connection of a pool has them.
var (
	writerPragmas = []string{
		"auto_vacuum(INCREMENTAL)", // the file can shrink, a few pages at a time; only an empty database takes it, and before WAL
		"journal_mode(WAL)",        // readers never wait for the writer
		"synchronous(FULL)",        // a commit is on disk; NORMAL may roll back on power loss. Free in group commits.
		"busy_timeout(5000)",       // another process (backup, a shell) may hold the lock for a moment
		"foreign_keys(ON)",         // off by default, per connection
		"cache_size(-16384)",       // 16 MiB: the hot ends of the indexes stay in memory
		"temp_store(MEMORY)",       // for the little that is sorted
		"secure_delete(ON)",        // erased and expired values are overwritten in the file
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

// Open opens an existing database twice: a writer of one connection, and a pool that can only read. Unless the schema is to
// stay as it is, it brings that up to date.
func Open(ctx context.Context, path string, asItIs bool) (write, read *sql.DB, err error) {
	keepPrivate(path)
	if write, err = sql.Open("sqlite", DSN(path, "rw")); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if asItIs {
		err = write.PingContext(ctx)
	} else {
		err = migrate(ctx, write)
	}
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	if read, err = sql.Open("sqlite", DSN(path, "ro")); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders)
	read.SetConnMaxIdleTime(readerIdle)
	return write, read, nil
}

// keepPrivate makes the database inaccessible to everybody but its owner, whatever made it: payloads in it are in clear.
// SQLite gives new files beside it the same mode. Only the owner can do it, and only the owner needs to.
func keepPrivate(path string) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Mode().Perm()&0o077 != 0 {
			_ = os.Chmod(path+suffix, 0o600)
		}
	}
}

// DSN opens the file at path in a mode of SQLite (rw, rwc, ro), with the pragmas that belong to writing or reading.
func DSN(path, mode string) string {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": writerPragmas}
	if mode == "ro" {
		q["_pragma"] = readerPragmas
	}
	return FileURL(path, q)
}

// FileURL is the address of a database file with some settings.
func FileURL(path string, q url.Values) string {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?" + q.Encode()
}
