package event

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

const maxEventName = 64 // characters

var eventNamePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]([A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?$`)

// usualNames are the events that ioZen itself knows, and the standard events of Meta's Conversions API, which callers
// often send too.
var usualNames = []string{
	"Lead", "FieldConversion",
	"AddPaymentInfo", "AddToCart", "AddToWishlist", "CompleteRegistration", "Contact", "CustomizeProduct", "Donate",
	"FindLocation", "InitiateCheckout", "Purchase", "Schedule", "Search", "StartTrial", "SubmitApplication", "Subscribe",
	"ViewContent",
}

// CheckEventName says why a text cannot be the name of an event, or "". A character that is not allowed is named,
// because some look just like one that is: U+2011 like a hyphen, U+00A0 like a space.
func CheckEventName(name string) string {
	if eventNamePattern.MatchString(name) {
		return ""
	}
	const rule = "must be 1 to 64 letters, digits, _ . - (and spaces inside)"
	position := 0
	for _, r := range name {
		position++
		if !isNameLetter(r) && r != ' ' {
			return fmt.Sprintf("%s; character %d is %s", rule, position, nameOfRune(r))
		}
	}
	return rule
}

func isNameLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r)
}

// nameOfRune shows a character that can be seen, and says which it is.
func nameOfRune(r rune) string {
	switch {
	case unicode.Is(unicode.Pd, r) || r == '\u2212':
		return fmt.Sprintf("another dash (%U); use -", r)
	case unicode.IsSpace(r):
		return fmt.Sprintf("another kind of space (%U); use a plain one", r)
	case unicode.IsGraphic(r):
		return fmt.Sprintf("%c (%U)", r, r)
	}
	return fmt.Sprintf("an invisible one (%U)", r)
}

// otherCase finds the name that a text is but for upper and lower case.
func otherCase(text string, names []string) string {
	for _, name := range names {
		if len(name) == len(text) && name != text && strings.EqualFold(name, text) {
			return name
		}
	}
	return ""
}
