package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Followed is the path of the file itself. Unlike filepath.EvalSymlinks it takes a file that does not exist yet.
func Followed(path string) (string, error) {
	for range mostLinks {
		target, err := os.Readlink(path)
		if err != nil { // not a link, or nothing there
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if errors.Is(err, fs.ErrNotExist) {
				return filepath.Clean(path), nil
			}
			if err != nil {
				return "", err
			}
			return filepath.Join(dir, filepath.Base(path)), nil
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", errors.New("symbolic links lead in a circle")
}

// mostLinks is how many symbolic links may lead from one to the next, as on Linux.
const mostLinks = 40

// WriteBeside writes a file for its owner alone into the folder of another, whole and on disk, and returns its name.
func WriteBeside(path string, text []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".iozen-key-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, OwnLikeFolder(f), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// SyncDir puts a folder's list of names on disk.
func SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
