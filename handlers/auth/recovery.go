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

// NewRecoveryCodes makes ten codes, to be shown once, and the hashes that are stored instead of them.
func NewRecoveryCodes() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		text := rand.Text()[:recoveryLength]
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, RecoveryHash(text))
	}
	return codes, hashes
}

// RecoveryHash is what is stored of a code, which is given as PlainCode writes it.
func RecoveryHash(code string) [32]byte { return sha256.Sum256([]byte(code)) }

// PlainCode removes the spaces and dashes of a typed code, and makes its letters capitals. A text longer than any code is
// cut.
func PlainCode(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text[:min(len(text), 64)])
}

// IsRecoveryCode distinguishes the two kinds of codes by their length; code is as PlainCode writes it.
func IsRecoveryCode(code string) bool { return len(code) == recoveryLength }
