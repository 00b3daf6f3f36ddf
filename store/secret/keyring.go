package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"iozen/store"
)

// Keyring holds the master keys, from which the keys for sealing and for hashing are derived. The newest one seals and
// hashes; each of them opens what it sealed and finds whom it hashed (decision 0072).
type Keyring struct {
	keys []MasterKey // the newest last
}

// MasterKey is one master key with what is derived from it.
type MasterKey struct {
	ID           string // first 8 hex digits of the sealing key's hash; stands in each envelope
	seal         []byte // AES-256
	people       []byte // HMAC-SHA256
	marks        []byte // HMAC-SHA256, KeyedHash
	fingerprints []byte // HMAC-SHA256, of events
}

// NewKeyring derives the keys from master keys, the newest last; there must be one.
func NewKeyring(masters ...[32]byte) *Keyring {
	k := &Keyring{}
	for _, master := range masters {
		k.keys = append(k.keys, DeriveKeys(master))
	}
	return k
}

// DeriveKeys makes the keys of all purposes from a master key (HKDF, RFC 5869).
func DeriveKeys(master [32]byte) MasterKey {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, master[:], nil, "iozen/"+purpose, 32)
		if err != nil {
			panic(err) // 32 bytes of SHA-256 HKDF cannot fail
		}
		return key
	}
	m := MasterKey{seal: derive("seal/v1"), people: derive("people/v1"), marks: derive("marks/v1"), fingerprints: derive("fingerprints/v1")}
	sum := sha256.Sum256(m.seal)
	m.ID = hex.EncodeToString(sum[:4])
	return m
}

// Newest is the key that seals and hashes what is written now.
func (k *Keyring) Newest() MasterKey { return k.keys[len(k.keys)-1] }

// Key finds the key that an envelope names.
func (k *Keyring) Key(id string) (MasterKey, bool) {
	i := slices.IndexFunc(k.keys, func(m MasterKey) bool { return m.ID == id })
	if i < 0 {
		return MasterKey{}, false
	}
	return k.keys[i], true
}

// personHash is the keyed hash that a person's deliveries are found by: 16 bytes of an HMAC. kind keeps an email apart from
// an external id of the same text.
func (m MasterKey) personHash(kind store.PersonKind, value string) PersonHash {
	mac := hmac.New(sha256.New, m.people)
	mac.Write([]byte(string(kind) + "\x00" + value))
	return PersonHash(mac.Sum(nil))
}

// KeyedHash is 32 hex digits by which an equal value of the same purpose is recognized.
func (m MasterKey) KeyedHash(purpose, value string) string {
	mac := hmac.New(sha256.New, m.marks)
	mac.Write([]byte(purpose + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// KeyedHashes are the hashes of a value with each key, the newest first.
func (k *Keyring) KeyedHashes(purpose, value string) (hashes []string) {
	for _, m := range slices.Backward(k.keys) {
		hashes = append(hashes, m.KeyedHash(purpose, value))
	}
	return hashes
}

// PersonHashes are the hashes by which a delivery is found for the people that it names.
func (k *Keyring) PersonHashes(email, phone, externalID string) (hashes []PersonHash) {
	m := k.Newest()
	for _, known := range store.PeopleIn(email, phone, externalID) {
		hashes = append(hashes, m.personHash(known.Kind, known.Value))
	}
	return hashes
}

// AllHashes are the hashes of some forms with each key of the ring.
func (k *Keyring) AllHashes(kind store.PersonKind, forms []string) (hashes []PersonHash) {
	for _, m := range k.keys {
		for _, form := range forms {
			hashes = append(hashes, m.personHash(kind, form))
		}
	}
	return hashes
}

// PersonHash is a keyed hash that a person's deliveries are found by; zero: nothing is known.
type PersonHash [16]byte

// HashesOf are the hashes that a person's events may be kept under: those with each master key of the ring, for each form
// that the value may have had.
func (k *Keyring) HashesOf(p store.Person) (hashes []PersonHash, err error) {
	switch p.Kind {
	case store.PersonEmail, store.PersonPhone, store.PersonExternalID:
		hashes = k.AllHashes(p.Kind, p.Forms())
	default:
		return nil, fmt.Errorf("a person is not known by %q", p.Kind)
	}
	if len(hashes) == 0 {
		return nil, fmt.Errorf("a person without %s", p.Kind)
	}
	return hashes, nil
}

// NewestPattern is what SQL's LIKE finds the envelopes of the newest key by.
func (k *Keyring) NewestPattern() string { return "v1:" + k.Newest().ID + ":%" }

// Prefix is compared before the whole hash: two hashes hardly ever share it.
func (h PersonHash) Prefix() uint64 { return binary.BigEndian.Uint64(h[:]) }
