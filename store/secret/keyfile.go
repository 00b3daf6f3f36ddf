package secret

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
	"syscall"

	"iozen/store/durable"
)

// longestKeyFile is longer than any key file: 45 bytes for each rotation.
const longestKeyFile = 64 << 10

// LoadKeyring reads the master keys from a file: lines of base64, 32 bytes each, the newest last. Without the file, sealed
// values are lost; never store it beside a backup.
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

// KeyFileOpenTo says whether others than its owner may read the key file, and its mode. The mode is not changed: a group
// may have access on purpose.
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

// MakeKeyFile makes a file with one key, readable by its owner alone. The file gets its name once the key is complete: a
// crash leaves no half-written key file, and of two processes that make one at the same time both use the first one's.
func MakeKeyFile(path string) error {
	path, err := durable.Followed(path)
	if err != nil {
		return err
	}
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	made, err := durable.WriteBeside(path, []byte(newMaster()))
	if err != nil {
		return err
	}
	defer os.Remove(made)
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
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
	path, err := durable.Followed(path)
	if err != nil {
		return err
	}
	text, err := readKeyFile(path)
	if err != nil {
		return err
	}
	made, err := durable.WriteBeside(path, append(bytes.TrimRight(text, "\r\n"), "\n"+newMaster()...))
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
	return durable.SyncDir(filepath.Dir(path))
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
