package template

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"iozen/store/text"
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

// E164 is a phone number in the international form, in the first reading that is a number of its country. Without one, a
// number of the right length is taken, and one that was written with its country's code is taken as it is. What cannot be a
// number is not guessed.
func E164(typed, country string) (number string, ok bool) {
	const longest = 64 // characters; anything longer is a text
	typed = text.Trim(typed)
	if typed == "" || len(typed) > longest {
		return "", false
	}
	all := readings(typed, country)
	for _, accepts := range []func(*phonenumbers.PhoneNumber) bool{phonenumbers.IsValidNumber, phonenumbers.IsPossibleNumber} {
		for _, reading := range all {
			if number, ok := parsed(reading, country, accepts); ok {
				return number, true
			}
		}
	}
	abroad := international(typed)
	if n := digits(abroad); abroad[0] == '+' && len(n) >= fewestDigits && len(n) <= mostDigits && n[0] != '0' {
		return "+" + n, true
	}
	return "", false
}

const fewestDigits, mostDigits = 7, 15 // the country's code included (ITU-T E.164)

func parsed(reading, country string, accepts func(*phonenumbers.PhoneNumber) bool) (string, bool) {
	number, err := phonenumbers.Parse(reading, country)
	if err != nil || !accepts(number) {
		return "", false
	}
	formatted := phonenumbers.Format(number, phonenumbers.E164)
	return formatted, len(formatted) > fewestDigits
}

// readings are the ways in which people mean what they type, the most usual first.
func readings(typed, country string) []string {
	var all []string
	add := func(reading string) {
		if !slices.Contains(all, reading) {
			all = append(all, reading)
		}
	}
	const withCode = 11 // digits that are hardly a number without its country's code
	code := phonenumbers.GetCountryCodeForRegion(country)
	if n := digits(typed); code > 0 && len(n) >= withCode && typed[0] != '+' && strings.HasPrefix(n, strconv.Itoa(code)) {
		add("+" + typed) // 49 171 2345678
	}
	add(international(typed))
	if strings.ContainsFunc(typed, unicode.IsLetter) && len(digits(typed)) >= fewestDigits {
		add(strings.Map(noLetters, typed)) // 0171 2345678 (mobile)
	}
	if first := strings.IndexAny(typed, "/,;"); first > 0 {
		add(international(typed[:first])) // two numbers
	}
	if plus := strings.LastIndexByte(typed, '+'); plus > 0 {
		add(typed[plus:]) // +49+49 171 2345678
	}
	return all
}

// international writes + for 00.
func international(typed string) string {
	if abroad, ok := strings.CutPrefix(typed, "00"); ok {
		return "+" + abroad
	}
	return typed
}

func noLetters(r rune) rune {
	if unicode.IsLetter(r) {
		return -1
	}
	return r
}
