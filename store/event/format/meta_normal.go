package format

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"iozen/store/event/template"
	"iozen/store/text"
)

// hashedAlready is a value that somebody hashed before; hashed again it would match nobody.
var hashedAlready = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// The normal forms are those of Meta's documentation (Customer Information Parameters) and, where it is silent, of Meta's
// own library (capi-param-builder): two sides that hash different spellings never match.

// metaHash is the SHA-256 of a value in Meta's normal form, "" of a value of which nothing is left.
func metaHash(value string, normalize func(string) string) string {
	value = trimmed(value)
	if hashedAlready.MatchString(value) {
		return strings.ToLower(value)
	}
	if value = normalize(value); value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}

func trimmed(value string) string {
	value, _ = text.Strip(norm.NFC.String(value))
	return strings.TrimSpace(value)
}

// metaEmail: no spaces around it, small letters.
func metaEmail(value string) string { return strings.ToLower(value) }

// metaID: small letters, no spaces.
func metaID(value string) string { return strings.ToLower(without(value, unicode.IsSpace)) }

// metaName: small letters, neither spaces nor punctuation; letters of all scripts stay.
func metaName(value string) string {
	return strings.ToLower(without(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r)
	}))
}

func without(value string, unwanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if unwanted(r) {
			return -1
		}
		return r
	}, value)
}

// metaPhone: digits alone, with the country's code, without zeros before it. Without the country's code the country is not
// guessed.
func metaPhone(value string) string {
	if number, ok := template.E164(value, ""); ok {
		return number[1:]
	}
	digits := without(norm.NFKC.String(value), func(r rune) bool { return r < '0' || r > '9' })
	return strings.TrimLeft(digits, "0")
}
