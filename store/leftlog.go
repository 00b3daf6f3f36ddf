package store

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// SQLite finds a write-ahead log by its name alone. It removes one whose database is gone, and plays one into whatever
// file has the database's name now. Both lose data without a word, so both are refused before SQLite sees the files.

// orphanedLog refuses a path where no database is, but a log of one: its last commits may be nowhere else.
func orphanedLog(path string) error {
	for _, suffix := range []string{"-wal", "-journal"} {
		if holdsSomething(path + suffix) {
			name := filepath.Base(path)
			return fmt.Errorf("there is no %s, but %s%s is there and holds its last changes. Put %s back beside it; or remove %s%s to begin with an empty database",
				path, name, suffix, name, name, suffix)
		}
	}
	return nil
}

// foreignLog refuses a backup with a write-ahead log beside it. A backup has none: the log is of the database that had
// this name before, and its pages would overwrite those of the backup.
func foreignLog(path string) error {
	if !holdsSomething(path + "-wal") {
		return nil
	}
	backup, err := neverOpened(path)
	if err != nil || !backup {
		return err
	}
	name := filepath.Base(path)
	return fmt.Errorf("%s is a backup, and %s-wal beside it belongs to the database that was there before. Remove %s-wal and %s-shm, and start again",
		path, name, name, name)
}

func holdsSomething(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// writeVersion is where a database file says how it is written: 1 by a rollback journal, as VACUUM INTO makes it, 2 by a
// write-ahead log, as every database is that a server has opened.
const writeVersion = 18

// neverOpened says whether no server has opened a database file yet. This process must not have it open: closing the file
// would drop SQLite's locks.
func neverOpened(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], writeVersion); err != nil && err != io.EOF {
		return false, err
	}
	return b[0] == 1, nil
}
