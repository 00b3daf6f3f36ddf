package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// An API key is written iozen_<id>_<secret><checksum>, all in base 62: a prefix that secret scanners know, the id
// to find its row by, 192 random bits, and a CRC-32 of everything before, so that a scanner (and we, without asking
// the database) can tell a real key from a look-alike.
const (
	keyPrefix      = "iozen_"
	idLength       = 22 // 128 bits
	secretBytes    = 24
	secretLength   = 33 // 192 bits
	checksumLength = 6  // 32 bits
)

// ErrMalformedKey says that a text does not have the form of our keys.
var ErrMalformedKey = errors.New("not an API key")

// NewAPIKey makes a key: the row to store, and the text that is shown once. Name, role, bot and creator are taken
// from the given key.
func NewAPIKey(k store.Key, now time.Time) (store.Key, string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return store.Key{}, "", fmt.Errorf("make key id: %w", err)
	}
	random := make([]byte, secretBytes)
	rand.Read(random) // never fails: the runtime stops the program first
	secret := base62(random, secretLength)
	text := keyPrefix + base62(id[:], idLength) + "_" + secret
	k.ID, k.CreatedAt, k.SecretHash = id, now, sha256.Sum256([]byte(secret))
	return k, text + checksum(text), nil
}

// ParseAPIKey takes the text of a key apart: its id, and the hash to compare with the stored one by SameHash. The error is
// ErrMalformedKey.
func ParseAPIKey(text string) (uuid.UUID, [32]byte, error) {
	rest, found := strings.CutPrefix(text, keyPrefix)
	if !found || len(rest) != idLength+1+secretLength+checksumLength || rest[idLength] != '_' {
		return uuid.Nil, [32]byte{}, ErrMalformedKey
	}
	body, sum := text[:len(text)-checksumLength], text[len(text)-checksumLength:]
	if checksum(body) != sum {
		return uuid.Nil, [32]byte{}, ErrMalformedKey
	}
	number, ok := new(big.Int).SetString(swapCase(rest[:idLength]), 62)
	if !ok || number.Sign() < 0 || number.BitLen() > 128 {
		return uuid.Nil, [32]byte{}, ErrMalformedKey
	}
	var id uuid.UUID
	number.FillBytes(id[:])
	return id, sha256.Sum256([]byte(body[len(body)-secretLength:])), nil
}

// ParseBotID reads the id of the one bot that a key opens. It refuses the id of zeros, which stored with a key means all
// bots.
func ParseBotID(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && len(text) == 36 && id != uuid.Nil // uuid.Parse also accepts {…} and urn:uuid:…
}

func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base62([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, checksumLength)
}

// base62 writes bytes as a number with the digits 0-9, A-Z, a-z, padded to a fixed length.
func base62(b []byte, length int) string {
	digits := swapCase(new(big.Int).SetBytes(b).Text(62))
	return strings.Repeat("0", length-len(digits)) + digits
}

// swapCase turns math/big's digit order (a-z before A-Z) into the usual one of base 62 and back.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

// SameHash compares in constant time.
func SameHash(a, b [32]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }
