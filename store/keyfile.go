package store

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LoadKeyring reads the master keys from a file (lines of base64, 32 bytes each, the newest last), and makes the file
// with one key, readable by its owner alone, when there is none. Whoever loses it loses what is sealed; it never goes
// beside a backup.
func LoadKeyring(path string) (*Keyring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	var masters [][32]byte
	for line := range strings.Lines(string(text)) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil || len(raw) != 32 || slices.Contains(masters, [32]byte(raw)) {
			return nil, fmt.Errorf("key file %s: want lines of base64 that hold 32 bytes each, none twice", path)
		}
		masters = append(masters, [32]byte(raw))
	}
	if len(masters) == 0 {
		return nil, fmt.Errorf("key file %s: is empty", path)
	}
	return NewKeyring(masters...), nil
}

func newMaster() string {
	var master [32]byte
	rand.Read(master[:]) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(master[:]) + "\n"
}

func makeKeyFile(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	text := []byte(newMaster())
	made, err := writeBeside(path, text)
	if err != nil {
		return nil, err
	}
	defer os.Remove(made)
	// The name appears with the whole key behind it, or not at all: a crash leaves no half key file, and whoever makes
	// one at the same time reads the first one's.
	if err := os.Link(made, path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	} else if err != nil {
		return nil, err
	}
	return text, syncDir(filepath.Dir(path))
}

// AddMasterKey puts a new key into the key file, after those that are there. It is in force when the file is loaded
// again. A crash leaves the old file or the new one.
func AddMasterKey(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the key file: %w", err)
	}
	made, err := writeBeside(path, append(bytes.TrimRight(text, "\n"), "\n"+newMaster()...))
	if err == nil {
		defer os.Remove(made)
		err = os.Rename(made, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("adding a key to the key file: %w", err)
	}
	return nil
}

// writeBeside writes a file for its owner alone into the folder of another, whole and on disk, and returns its name.
func writeBeside(path string, text []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".iozen-key-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
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
