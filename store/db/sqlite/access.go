package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readAndWrite is what SQLite needs to do with a database's files, and with their folder.
const readAndWrite = 4 | 2 // R_OK and W_OK of access(2)

// ExplainAccess says which file may not be used, and by whom, when SQLite could not open a database or write to it.
func ExplainAccess(path string, err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
	default:
		return err
	}
	if whole, failed := filepath.Abs(path); failed == nil {
		path = whole
	}
	for _, file := range []string{filepath.Dir(path), path, path + "-wal", path + "-shm"} {
		if hint := accessHint(file, os.Getuid(), syscall.Access(file, readAndWrite)); hint != "" {
			return fmt.Errorf("%s: %w", hint, err)
		}
	}
	return err
}

// accessHint says what to do about a file that a user may not use, "" if that is not the trouble.
func accessHint(file string, user int, denied error) string {
	switch {
	case errors.Is(denied, syscall.EROFS):
		return file + " is on a file system that is mounted read-only"
	case errors.Is(denied, syscall.EACCES), errors.Is(denied, syscall.EPERM):
		return fmt.Sprintf("user %d may not read and write %s. Make it that user's (chown), or run ioZen as its owner", user, file)
	}
	return ""
}
