package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The first command on a new machine is often run by root, and the server by a user of its own: what root makes belongs to
// the owner of the folder that it is made in, as SQLite does with the files beside a database. Other users cannot change
// owners, and do not need to.

// MakeFolder makes a folder with those above it, each for its owner alone.
func MakeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is not a folder", path)
		}
		return err
	case errors.Is(err, fs.ErrNotExist):
		if err := MakeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		return MakeFolder(path)
	case err != nil:
		return err
	}
	uid, gid, err := ownerOfNew(path)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	return os.Lchown(path, uid, gid)
}

// OwnLikeFolder gives a file that root has just made, and nobody else can have put there, to the owner of its folder.
func OwnLikeFolder(made *os.File) error {
	uid, gid, err := ownerOfNew(made.Name())
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	return made.Chown(uid, gid)
}

// ownerOfNew is who a new file belongs to: the owner of its folder.
func ownerOfNew(path string) (uid, gid int, err error) {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return 0, 0, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return int(owner.Uid), int(owner.Gid), nil
}
