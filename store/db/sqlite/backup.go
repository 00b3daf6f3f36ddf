package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"iozen/store/durable"
)

// Backup writes a consistent copy of a database to a new file, while it is in use or not, whichever version of ioZen made
// it; it needs no key. The copy is written to FILE.part and gets its name when it is whole and on disk, so that an
// interrupted one cannot be taken for a backup.
func Backup(ctx context.Context, url, file string) error {
	path, err := DatabasePath(url)
	if err != nil {
		return fmt.Errorf("backing up: the database's address %w", err)
	}
	if err := MustExist(path); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if _, err := ReadSchema(ctx, path); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if file, err = filepath.Abs(file); err != nil { // SQLite reads some relative names as addresses
		return fmt.Errorf("backing up: %w", err)
	}
	if err := mustBeFree(file); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if err := mustBeApart(path, file); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	part, err := OpenPart(file + ".part")
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer part.Close()
	if err := CopyTo(ctx, path, part); err != nil {
		return fmt.Errorf("backing up to %s: %w", file, errors.Join(err, removePart(part.Name())))
	}
	if err := mustBeFree(file); err != nil {
		return fmt.Errorf("backing up: %w", errors.Join(err, removePart(part.Name())))
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return fmt.Errorf("backing up: %w", errors.Join(err, removePart(part.Name())))
	}
	return durable.SyncDir(filepath.Dir(file))
}

// MustExist is for commands that have nothing to do in a new database: it fails when there is no file at the path.
func MustExist(path string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database at %s. Check IOZEN_DATABASE_URL, and the folder in which this command was started", path)
	}
	return err
}

// mustBeApart refuses a name that SQLite gives to files of the database: it would read the backup as one of them.
func mustBeApart(database, file string) error {
	database, err := absolute(database)
	if err != nil {
		return err
	}
	if file, err = absolute(file); err != nil {
		return err
	}
	if isOf(database, file) {
		return fmt.Errorf("%s is the name of a file of the database. Choose another name", file)
	}
	return nil
}

func mustBeFree(file string) error {
	_, err := os.Lstat(file)
	if err == nil {
		return fmt.Errorf("%s exists already. Choose another name, or remove it first", file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// OpenPart makes the file that is written to, for its owner alone, and removes what an interrupted backup has left. The
// lock keeps two backups to one file apart; it ends with the process.
func OpenPart(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another backup is writing %s", name), f.Close())
	}
	leftover := os.Remove(name + "-journal")
	if errors.Is(leftover, fs.ErrNotExist) {
		leftover = nil
	}
	if err := errors.Join(leftover, f.Truncate(0), f.Chmod(0o600)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// CopyTo lets SQLite write into the empty file, and puts it on disk.
func CopyTo(ctx context.Context, path string, part *os.File) error {
	db, err := sql.Open("sqlite", DSN(path, "ro"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, part.Name())
	if err = errors.Join(err, db.Close()); err != nil {
		return explainFull(ExplainDamage(err), filepath.Dir(part.Name()))
	}
	return part.Sync()
}

func removePart(name string) error {
	err := os.Remove(name)
	if gone := os.Remove(name + "-journal"); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// explainFull says why a file could not be written to its end.
func explainFull(err error, dir string) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return fmt.Errorf("there is no room for it in %s, or its disk fails: %w", dir, err)
	}
	return err
}
