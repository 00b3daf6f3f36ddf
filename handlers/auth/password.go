package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Passwords are kept as argon2id in the PHC string format. The parameters are the first that OWASP recommends
// (2025); each hash carries its own, so they can grow without a migration.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	saltLength   = 16
	hashLength   = 32

	minPassword = 12
	maxPassword = 1024 // bytes: more is not a password but an attempt to keep us busy
)

// PasswordRule is what a person reads before typing a new password.
const PasswordRule = "At least 12 characters, and not a common password."

var errBadHash = errors.New("not an argon2id hash")

// CheckNewPassword returns what is wrong with a new password for the account of an email address, or "".
func CheckNewPassword(password, email string) string {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return "Use at least 12 characters."
	case len(password) > maxPassword:
		return "Use at most 1,024 characters."
	case isEasy(password, email):
		return "Too easy to guess. Try three or four unrelated words."
	}
	return ""
}

// HashPassword makes the string that is stored instead of a password, without waiting for a slot: the server, which many may
// ask at once, uses its Hasher.
func HashPassword(password string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails: the runtime stops the program first
	hash := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, hashLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

// samePassword says whether a password is the one that was hashed, with the parameters of that hash.
func samePassword(phc, password string) (bool, error) {
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errBadHash
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errBadHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time < 1 || threads < 1 {
		return false, errBadHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errBadHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false, errBadHash
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
