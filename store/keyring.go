package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keyring holds the master key, from which the keys for sealing and for hashing people are derived.
type Keyring struct {
	id     string // first 8 hex digits of the sealing key's hash; stands in each envelope
	seal   []byte // AES-256
	people []byte // HMAC-SHA256
	marks  []byte // HMAC-SHA256, KeyedHash
}

// LoadKeyring reads the master key from a file (one line of base64, 32 bytes), and makes the file, readable
// by its owner alone, when there is none. Whoever loses it loses what is sealed; it never goes beside a backup.
func LoadKeyring(path string) (*Keyring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("key file %s: want one line of base64 that holds 32 bytes", path)
	}
	return NewKeyring([32]byte(raw)), nil
}

func makeKeyFile(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	var master [32]byte
	rand.Read(master[:]) // never fails (crypto/rand)
	text := []byte(base64.StdEncoding.EncodeToString(master[:]) + "\n")
	f, err := os.CreateTemp(filepath.Dir(path), ".iozen-key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// The name appears with the whole key behind it, or not at all: a crash leaves no half key file, and whoever makes
	// one at the same time reads the first one's.
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	} else if err != nil {
		return nil, err
	}
	return text, syncDir(filepath.Dir(path))
}

// syncDir puts a folder's list of names on disk.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// NewKeyring derives the keys from a master key.
func NewKeyring(master [32]byte) *Keyring {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, master[:], nil, "iozen/"+purpose, 32)
		if err != nil {
			panic(err) // 32 bytes of SHA-256 HKDF cannot fail
		}
		return key
	}
	k := &Keyring{seal: derive("seal/v1"), people: derive("people/v1"), marks: derive("marks/v1")}
	sum := sha256.Sum256(k.seal)
	k.id = hex.EncodeToString(sum[:4])
	return k
}

// personHash is the keyed hash by which a person's deliveries are found: 16 bytes of an HMAC.
// kind keeps an e-mail apart from an external id of the same text.
func (k *Keyring) personHash(kind PersonKind, value string) personHash {
	mac := hmac.New(sha256.New, k.people)
	mac.Write([]byte(string(kind) + "\x00" + value))
	return personHash(mac.Sum(nil))
}

// KeyedHash is a hash that only this installation can make: it tells whether a value is the same again without
// keeping the value. purpose keeps equal values of different kinds apart.
func (db *DB) KeyedHash(purpose, value string) string {
	mac := hmac.New(sha256.New, db.cfg.Keys.marks)
	mac.Write([]byte(purpose + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
