package person

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Email is what all ways of writing an address have in common: Jane@Example.com, mailto:jane@example.com and
// "Jane Doe <jane@example.com>" are one, and so are bücher.example and xn--bcher-kva.example. Of a text with addresses in it, it is
// the first; a text without one is compared without its case.
func Email(value string) string {
	if all := addresses(cleaned(value)); len(all) > 0 {
		return all[0]
	}
	return strings.ToLower(cleaned(value))
}

// Emails are the forms of all addresses in a text, or of the text itself if it holds none.
func Emails(value string) []string {
	if all := Addresses(value); len(all) > 0 {
		return all
	}
	if form := Email(value); form != "" {
		return []string{form}
	}
	return nil
}

// Addresses are the forms of all addresses that stand in a text.
func Addresses(value string) []string { return addresses(cleaned(value)) }

// addresses finds them in a text that is clean, in the order in which they stand.
func addresses(value string) []string {
	if !strings.ContainsAny(value, notPlain) {
		if found := addressesIn(value); len(found) > 0 { // nearly all are so
			return found
		}
	}
	value = plainAddress(value)
	found := addressesIn(value)
	if len(found) > 1 || len(found) == 1 && hasDomain(found[0]) || !strings.Contains(value, " ") {
		return found
	}
	// "jane @ example.com", "jane@example .com"
	if together := addressesIn(strings.ReplaceAll(value, " ", "")); len(together) > 0 && (len(found) == 0 || hasDomain(together[0])) {
		return together
	}
	return found
}

// notPlain are characters of the other ways to write an address.
const notPlain = " ?%&\\\"()[]{}<。’‘"

func hasDomain(address string) bool {
	_, host, _ := strings.Cut(address, "@")
	return strings.Contains(host, ".")
}

var (
	// writtenAt and writtenDot are what people write so that machines do not find an address.
	writtenAt  = regexp.MustCompile(`(?i)\s*[(\[{<]\s*(?:at|@)\s*[)\]}>]\s*`)
	writtenDot = regexp.MustCompile(`(?i)\s*[(\[{<]\s*(?:dot|punkt|point|punto|\.)\s*[)\]}>]\s*`)
	// addressComment and addressQuote stand before the @ of addresses that hardly anybody has.
	addressComment = regexp.MustCompile(`\([^()@]*\)@`)
	addressQuote   = regexp.MustCompile(`"([^"@\s]+)"@`)
	addressAts     = regexp.MustCompile(`\\?@[@\\]*`)
	mailto         = regexp.MustCompile(`(?i)^mailto:([^?]*).*$`)
	entity         = regexp.MustCompile(`&#?\w{1,31};`)
	addressSigns   = strings.NewReplacer("。", ".", "’", "'", "‘", "'")
)

// plainAddress writes an address in the plain way that is written as links, pages and cautious people do.
func plainAddress(value string) string {
	link := mailto.MatchString(value)
	value = mailto.ReplaceAllString(value, "$1")
	if link || !strings.Contains(value, "@") || strings.Contains(value, "%40") {
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
	}
	value = cleaned(addressSigns.Replace(entity.ReplaceAllStringFunc(value, html.UnescapeString)))
	value = writtenDot.ReplaceAllString(writtenAt.ReplaceAllString(value, "@"), ".")
	value = addressQuote.ReplaceAllString(addressComment.ReplaceAllString(value, "@"), "$1@")
	return addressAts.ReplaceAllString(value, "@")
}

// addressesIn takes what belongs to an address on both sides of each @ that has both.
func addressesIn(value string) (found []string) {
	for at, r := range value {
		if r != '@' {
			continue
		}
		name, host := value[:at], value[at+1:]
		if begin := strings.LastIndexFunc(name, func(r rune) bool { return !isNameRune(r) }); begin >= 0 {
			_, n := utf8.DecodeRuneInString(name[begin:])
			name = name[begin+n:]
		}
		if end := strings.IndexFunc(host, func(r rune) bool { return !isHostRune(r) }); end >= 0 {
			host = host[:end]
		}
		if strings.Contains(host, "..") {
			host = addressDots.ReplaceAllString(host, ".")
		}
		name, host = strings.Trim(name, ".'"), strings.Trim(host, ".-")
		if name == "" || host == "" {
			continue
		}
		if form := strings.ToLower(name) + "@" + asciiHost(host); !slices.Contains(found, form) {
			found = append(found, form)
		}
	}
	return found
}

var addressDots = regexp.MustCompile(`\.{2,}`)

// isNameRune takes what stands before the @ of the addresses that people have; hardly anybody has one in quotes. What
// links, lists and texts put before an address is not taken: it may stand in a name, and hardly ever does.
func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".#$%&'+-_", r)
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
