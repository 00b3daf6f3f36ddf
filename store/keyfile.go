package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// longestKeyFile is more than any key file holds: 45 bytes for each rotation.
const longestKeyFile = 64 << 10

// KeysFor reads the key file of a database. It makes one only if the database holds nothing that another key has sealed:
// else the keys were lost or the path is wrong, and MissingKeyError says so.
func KeysFor(ctx context.Context, url, keyFile string) (*Keyring, error) {
	keys, err := LoadKeyring(keyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	path, err := DatabasePath(url)
	if err != nil {
		return nil, fmt.Errorf("the database's address %w", err)
	}
	found, err := readSchema(ctx, path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening the database: %w", err)
	case len(found.sealedBy) > 0:
		return nil, &MissingKeyError{IDs: found.sealedBy, File: keyFile}
	}
	if err := makeKeyFile(keyFile); err != nil {
		return nil, fmt.Errorf("making the key file: %w", err)
	}
	return LoadKeyring(keyFile)
}

// LoadKeyring reads the master keys from a file: lines of base64, 32 bytes each, the newest last. Whoever loses it loses
// what is sealed; it never goes beside a backup.
func LoadKeyring(path string) (*Keyring, error) {
	text, err := readKeyFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the key file (IOZEN_KEY_FILE): %w", err)
	}
	var masters [][32]byte
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue // an editor's last line
		}
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != 32 || slices.Contains(masters, [32]byte(raw)) {
			return nil, fmt.Errorf("key file %s (IOZEN_KEY_FILE): want lines of base64 that hold 32 bytes each, none twice", path)
		}
		masters = append(masters, [32]byte(raw))
	}
	if len(masters) == 0 {
		return nil, fmt.Errorf("key file %s (IOZEN_KEY_FILE): is empty", path)
	}
	return NewKeyring(masters...), nil
}

// readKeyFile reads a plain file of a sensible size: a device or a pipe would never end, or not open.
func readKeyFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a plain file", path)
	case info.Size() > longestKeyFile:
		return nil, fmt.Errorf("%s is too long for a key file", path)
	}
	return os.ReadFile(path)
}

// KeyFileOpenTo says whether others than its owner may read the key file, and its mode. It is not changed: a group may
// have been let in on purpose.
func KeyFileOpenTo(path string) (mode fs.FileMode, others bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	return info.Mode().Perm(), info.Mode().Perm()&0o077 != 0
}

func newMaster() string {
	var master [32]byte
	rand.Read(master[:]) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(master[:]) + "\n"
}

// makeKeyFile makes a file with one key, readable by its owner alone. The name appears with the whole key behind it, or
// not at all: a crash leaves no half key file, and whoever makes one at the same time uses the first one's.
func makeKeyFile(path string) error {
	path, err := followed(path)
	if err != nil {
		return err
	}
	if err := MakeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	made, err := writeBeside(path, []byte(newMaster()))
	if err != nil {
		return err
	}
	defer os.Remove(made)
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// AddMasterKey puts a new key into the key file, after those that are there. It is in force when the file is loaded
// again. A crash leaves the old file or the new one; owner, group and mode stay, and so does a link that leads to it.
func AddMasterKey(path string) error {
	if err := addMasterKey(path); err != nil {
		return fmt.Errorf("adding a key to the key file: %w", err)
	}
	return nil
}

func addMasterKey(path string) error {
	path, err := followed(path)
	if err != nil {
		return err
	}
	text, err := readKeyFile(path)
	if err != nil {
		return err
	}
	made, err := writeBeside(path, append(bytes.TrimRight(text, "\r\n"), "\n"+newMaster()...))
	if err != nil {
		return err
	}
	defer os.Remove(made)
	if err := likeOther(made, path); err != nil {
		return err
	}
	if err := os.Rename(made, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// likeOther gives a file the owner, group and mode of another: who runs a command is often not who runs the server.
func likeOther(made, other string) error {
	want, err := os.Stat(other)
	if err != nil {
		return err
	}
	have, err := os.Stat(made)
	if err != nil {
		return err
	}
	owner, is := want.Sys().(*syscall.Stat_t), have.Sys().(*syscall.Stat_t)
	if owner.Uid != is.Uid || owner.Gid != is.Gid {
		if err := os.Chown(made, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("%s belongs to user %d, group %d; run this as that user or as root: %w", other, owner.Uid, owner.Gid, err)
		}
	}
	return os.Chmod(made, want.Mode().Perm())
}

// writeBeside writes a file for its owner alone into the folder of another, whole and on disk, and returns its name.
func writeBeside(path string, text []byte) (string, error) {
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

// syncDir puts a folder's list of names on disk.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
