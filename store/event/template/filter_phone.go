package template

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// e164Filter writes phone numbers as +491712345678. A number without its country's code is taken for one of the given
// country.
func e164Filter(arg argument) (filter, string) {
	country := strings.ToUpper(arg.text)
	if arg.given && !phonenumbers.GetSupportedRegions()[country] {
		return filter{}, "there is no country " + quoted(arg.text) + "; write its two letters, such as e164:'DE'"
	}
	return filter{apply: func(v value) (value, bool) {
		number, ok := E164(v.String(), country)
		return value{text: number}, ok
	}}, ""
}

// E164 is a phone number in the international form. What cannot be one is not guessed; a number that was written with its
// country's code is taken as it is, even if no number of that country is so long.
func E164(typed, country string) (number string, ok bool) {
	const longest = 64 // characters; anything longer is a text
	typed = trimmed(typed)
	if typed == "" || len(typed) > longest {
		return "", false
	}
	international := typed
	if abroad, ok := strings.CutPrefix(typed, "00"); ok {
		international = "+" + abroad
	}
	const fewest, most = 7, 15 // digits, the country's code included (ITU-T E.164)
	for _, way := range []string{international, typed} {
		if parsed, err := phonenumbers.Parse(way, country); err == nil && phonenumbers.IsPossibleNumber(parsed) {
			if number = phonenumbers.Format(parsed, phonenumbers.E164); len(number) > fewest {
				return number, true
			}
		}
	}
	if n := digits(international); international[0] == '+' && len(n) >= fewest && len(n) <= most && n[0] != '0' {
		return "+" + n, true
	}
	return "", false
}
