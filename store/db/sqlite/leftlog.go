package sqlite

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

// foreignLog refuses a database beside the log of another file: its pages would overwrite those of the database.
func foreignLog(path string) error {
	name, wal, journal := filepath.Base(path), holdsSomething(path+"-wal"), exists(path+"-journal")
	if !wal && !journal {
		return nil
	}
	written, err := writtenBy(path)
	switch {
	case err != nil:
		return err
	case journal && written == byServer:
		return fmt.Errorf("%s-journal lies beside %s and is not its own: a server keeps %s-wal. Move %s-journal away, and start again", name, path, name, name)
	case journal:
		return fmt.Errorf("%s is a copy that did not finish (%s-journal is beside it). Remove both and use another backup", path, name)
	case written == byBackup:
		return fmt.Errorf("%s is a backup, and %s-wal beside it belongs to the database that was there before. Remove %s-wal and %s-shm, and start again",
			path, name, name, name)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func holdsSomething(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// A database file says at this place how it is written.
const (
	writeVersion = 18
	byBackup     = 1 // with a rollback journal, as VACUUM INTO does
	byServer     = 2 // with a write-ahead log, ever since a server has opened it
)

// writtenBy reads how a database file is written. This process must not have it open: closing the file would drop SQLite's
// locks.
func writtenBy(path string) (byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], writeVersion); err != nil && err != io.EOF {
		return 0, err
	}
	return b[0], nil
}
