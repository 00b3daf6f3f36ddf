package person

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Email is what all ways of writing an address have in common: Jane@Example.com, mailto:jane@example.com and
// "Jane Doe <jane@example.com>" are one, and so are bücher.example and xn--bcher-kva.example. Of a text with an address in it, it is
// the first address; a text without one is compared without its case.
func Email(value string) string {
	if name, host, ok := address(value); ok {
		return strings.ToLower(name) + "@" + asciiHost(host)
	}
	return strings.ToLower(cleaned(value))
}

// address finds the first address in a text. whole says nothing of what stood around it.
func address(value string) (name, host string, ok bool) {
	value = cleaned(value)
	if len(value) > len("mailto:") && strings.EqualFold(value[:len("mailto:")], "mailto:") {
		value, _, _ = strings.Cut(value[len("mailto:"):], "?")
		if decoded, err := url.PathUnescape(value); err == nil {
			value = cleaned(decoded)
		}
	}
	if open := strings.LastIndexByte(value, '<'); open >= 0 { // "Jane @ work <jane@example.com>"
		if inner, _, closed := strings.Cut(value[open+1:], ">"); closed && strings.Contains(inner, "@") {
			value = inner
		}
	}
	if name, host, ok = addressAt(value); !ok && strings.ContainsAny(value, " ") {
		name, host, ok = addressAt(strings.ReplaceAll(value, " ", "")) // "jane @ example.com"
	}
	return name, host, ok
}

// addressAt takes what belongs to an address on both sides of the first @ that has both.
func addressAt(value string) (name, host string, ok bool) {
	for at, r := range value {
		if r != '@' {
			continue
		}
		before, after := value[:at], value[at+1:]
		begin := strings.LastIndexFunc(before, func(r rune) bool { return !isNameRune(r) })
		name = strings.Trim(before[begin+1:], ".'")
		if end := strings.IndexFunc(after, func(r rune) bool { return !isHostRune(r) }); end >= 0 {
			after = after[:end]
		}
		host = strings.Trim(after, ".-")
		if name != "" && host != "" {
			return name, host, true
		}
	}
	return "", "", false
}

// isNameRune takes what stands before the @ of the addresses that people have; those in quotes are nobody's.
func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
}

func isHostRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '.' || r == '-' || r == '_'
}

func asciiHost(host string) string {
	host = strings.ToLower(host)
	for i := range len(host) {
		if host[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(host); err == nil {
				return ascii
			}
			break
		}
	}
	return host
}
