package person

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mask stands for what is known of a person and not shown.
const Mask = "•••"

// MaskEmail leaves the first letter and the host of an address, j•••@example.com. It shows nothing of anything but one
// whole address.
func MaskEmail(value string) string {
	value = cleaned(value)
	if value == "" {
		return ""
	}
	name, host, ok := strings.Cut(value, "@")
	if !ok || !allOf(name, isNameRune) || !isHost(host) || !startsWithLetter(name) {
		return Mask
	}
	return firstRune(name) + Mask + "@" + host
}

// MaskPhone leaves the last two digits of a number, •••90, and nothing of a text that is not one, or too short to be one.
func MaskPhone(value string) string {
	value = strings.Map(plainPhoneRune, cleaned(value))
	if value == "" {
		return ""
	}
	n, ok := numberOf(value)
	if !ok || len(n.digits) < leastDigits || !allOf(value, func(r rune) bool {
		return r >= '0' && r <= '9' || strings.ContainsRune(phonePunctuation, r)
	}) {
		return Mask
	}
	return Mask + n.digits[len(n.digits)-2:]
}

// MaskName keeps the first letter of a name that is longer than that.
func MaskName(value string) string {
	value = cleaned(value)
	switch {
	case value == "":
		return ""
	case utf8.RuneCountInString(value) < 3 || !startsWithLetter(value):
		return Mask
	}
	return firstRune(value) + Mask
}

func startsWithLetter(value string) bool {
	r, _ := utf8.DecodeRuneInString(value)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func allOf(value string, is func(rune) bool) bool {
	return value != "" && !strings.ContainsFunc(value, func(r rune) bool { return !is(r) })
}

// isHost takes names of two labels or more, as mail has them. A last label of digits is not a domain.
func isHost(host string) bool {
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || label[0] == '-' || strings.HasSuffix(label, "-") || !allOf(label, func(r rune) bool {
			return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-'
		}) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(host) <= 253 && !allOf(last, unicode.IsDigit)
}
