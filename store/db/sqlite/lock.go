package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"iozen/store"
	"iozen/store/durable"
)

// Lock keeps a second server away from an SQLite file until the returned file is closed. Taking up
// after a crash makes everything under way due again, which is right only when nobody else is sending.
// The lock is a file of its own, because closing any descriptor of the database would drop SQLite's locks;
// the kernel lets go of it when the process dies, however it dies.
func Lock(url string) (*os.File, error) {
	path, err := DatabasePath(url) // links followed: one file has one lock
	if err != nil {
		return nil, err
	}
	path += ".lock"
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("making the database's folder: %w", err)
	}
	f, err := openLock(path)
	if err != nil {
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("%s: %w", path, store.ErrLocked)
	}
	return f, nil
}

// openLock opens the lock's file. It changes the owner only of a file that it has just made: any other could be something
// else.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if err := durable.OwnLikeFolder(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
