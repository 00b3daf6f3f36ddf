package auth

import (
	"slices"
	"strings"
)

// easyParts are what the long passwords that guessers try first are made of: words, keyboard rows, counting.
// The longer ones come first, so that they are found whole.
var easyParts = []string{
	"12345678901234567890", "0123456789", "1234567890", "9876543210", "0987654321", "987654321", "123456789", "12345678", "1234567", "123456", "12345", "1234", "4321", "123",
	"1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6y", "1q2w3e4r5t", "1q2w3e4r", "1qaz2wsx3edc4rfv", "1qaz2wsx3edc", "1qaz2wsx", "zaq12wsx", "q1w2e3r4t5y6", "q1w2e3r4",
	"qwertyuiop", "qwertyui", "qwertz", "qwerty", "azerty", "asdfghjkl", "asdfgh", "asdf", "zxcvbnm", "zxcvbn", "qazwsxedc", "qazwsx", "qweasdzxc", "qweasd",
	"abcdefghijklmnopqrstuvwxyz", "abcdefghijkl", "abcdefghij", "abcdefgh", "abcdef", "abcd", "abc",
	"administrator", "password", "passwort", "passphrase", "p@ssw0rd", "passw0rd", "p@ssword", "motdepasse", "contraseña", "admin", "root", "welcome", "letmein", "changeme",
	"iloveyou", "iloveu", "trustno1", "sunshine", "princess", "football", "baseball", "basketball", "superman", "batman", "dragon", "monkey", "master", "shadow", "michael",
	"jennifer", "jordan", "hunter", "starwars", "pokemon", "liverpool", "manchester", "summer", "winter", "spring", "autumn", "january", "december", "monday", "friday",
	"secret", "login", "guest", "default", "test", "hello", "google", "facebook", "internet", "computer", "security", "webhooks", "webhook", "iozen", "correcthorsebatterystaple",
}

// leastRest is how many characters, and how many different ones, a password must have besides easy parts.
const (
	leastRest     = 6
	leastDistinct = 4
)

// isEasy reports whether a password is one of the first that a guesser tries: common parts, the person's own email, or a
// few characters repeated, with little else.
func isEasy(password, email string) bool {
	rest := strings.ToLower(password)
	name, host, _ := strings.Cut(strings.ToLower(email), "@")
	for _, part := range append([]string{strings.ToLower(email), name, host}, easyParts...) {
		if len(part) >= 3 {
			rest = strings.ReplaceAll(rest, part, "")
		}
	}
	left := []rune(strings.Map(significant, rest))
	slices.Sort(left)
	return len(left) < leastRest || len(slices.Compact(left)) < leastDistinct
}

// significant drops characters that are only put in to satisfy a rule.
func significant(r rune) rune {
	if strings.ContainsRune(" !.,-_#*+?$@", r) {
		return -1
	}
	return r
}
