package auth

import (
	"net/mail"

	"iozen/store/text"
)

// MaxEmail is how many bytes an address may have (RFC 5321).
const MaxEmail = 254

// CheckEmail returns what is wrong with an address, or "". Invisible characters would make two accounts look the same.
func CheckEmail(typed string) string {
	address, err := mail.ParseAddress(typed)
	if err != nil || address.Address != typed || len(typed) > MaxEmail || text.Clean(typed) != typed {
		return "Enter an email address, such as you@example.com."
	}
	return ""
}
