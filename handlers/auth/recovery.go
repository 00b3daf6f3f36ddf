package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"unicode"
)

const (
	recoveryCodes  = 10
	recoveryLength = 16 // characters of base 32: 80 random bits, so that a plain hash is enough
)

// NewRecoveryCodes makes ten codes that are shown once, and the hashes that are kept in their place.
func NewRecoveryCodes() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		text := rand.Text()[:recoveryLength]
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, RecoveryHash(text))
	}
	return codes, hashes
}

// RecoveryHash is what is kept of a code, which is given as PlainCode writes it.
func RecoveryHash(code string) [32]byte { return sha256.Sum256([]byte(code)) }

// PlainCode takes out of a typed code what people put in for reading: spaces, dashes and small letters.
// What is longer than any code is cut.
func PlainCode(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text[:min(len(text), 64)])
}

// IsRecoveryCode tells the two kinds of codes apart by their length alone: code as PlainCode writes it.
func IsRecoveryCode(code string) bool { return len(code) == recoveryLength }
