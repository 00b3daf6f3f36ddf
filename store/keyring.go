package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Keyring holds the master keys, from which the keys for sealing and for hashing are derived. The newest seals and
// hashes; all of them open what they sealed, and find whom they hashed (decision 0072).
type Keyring struct {
	keys []masterKey // the newest last
}

// masterKey is one master key with what is derived from it.
type masterKey struct {
	id           string // first 8 hex digits of the sealing key's hash; stands in each envelope
	seal         []byte // AES-256
	people       []byte // HMAC-SHA256
	marks        []byte // HMAC-SHA256, KeyedHash
	fingerprints []byte // HMAC-SHA256, of events
}

// NewKeyring derives the keys from master keys, the newest last; there must be one.
func NewKeyring(masters ...[32]byte) *Keyring {
	k := &Keyring{}
	for _, master := range masters {
		k.keys = append(k.keys, deriveKeys(master))
	}
	return k
}

func deriveKeys(master [32]byte) masterKey {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, master[:], nil, "iozen/"+purpose, 32)
		if err != nil {
			panic(err) // 32 bytes of SHA-256 HKDF cannot fail
		}
		return key
	}
	m := masterKey{seal: derive("seal/v1"), people: derive("people/v1"), marks: derive("marks/v1"), fingerprints: derive("fingerprints/v1")}
	sum := sha256.Sum256(m.seal)
	m.id = hex.EncodeToString(sum[:4])
	return m
}

func (k *Keyring) newest() masterKey { return k.keys[len(k.keys)-1] }

// key finds the key that an envelope names.
func (k *Keyring) key(id string) (masterKey, bool) {
	i := slices.IndexFunc(k.keys, func(m masterKey) bool { return m.id == id })
	if i < 0 {
		return masterKey{}, false
	}
	return k.keys[i], true
}

// personHash is the keyed hash by which a person's deliveries are found: 16 bytes of an HMAC.
// kind keeps an e-mail apart from an external id of the same text.
func (m masterKey) personHash(kind PersonKind, value string) personHash {
	mac := hmac.New(sha256.New, m.people)
	mac.Write([]byte(string(kind) + "\x00" + value))
	return personHash(mac.Sum(nil))
}

// KeyedHash is a hash that only this installation can make: it tells whether a value is the same again without
// keeping the value. purpose keeps equal values of different kinds apart.
func (db *DB) KeyedHash(purpose, value string) string {
	return db.cfg.Keys.newest().keyedHash(purpose, value)
}

// KeyedHashes are what KeyedHash has made of a value by each key that there was, the newest first.
func (db *DB) KeyedHashes(purpose, value string) (hashes []string) {
	for _, m := range slices.Backward(db.cfg.Keys.keys) {
		hashes = append(hashes, m.keyedHash(purpose, value))
	}
	return hashes
}

func (m masterKey) keyedHash(purpose, value string) string {
	mac := hmac.New(sha256.New, m.marks)
	mac.Write([]byte(purpose + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
