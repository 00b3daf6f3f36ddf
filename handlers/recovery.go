package handlers

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

// newRecoveryCodes makes codes that are shown once, and the hashes that are kept.
func newRecoveryCodes() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		text := rand.Text()[:recoveryLength]
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, recoveryHash(text))
	}
	return codes, hashes
}

func recoveryHash(code string) [32]byte { return sha256.Sum256([]byte(code)) }

// plainCode takes out of a typed code what people put in for reading: spaces, dashes and small letters.
func plainCode(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text[:min(len(text), 64)])
}

// isRecoveryCode tells the two kinds of codes apart by their length alone.
func isRecoveryCode(code string) bool { return len(code) == recoveryLength }
