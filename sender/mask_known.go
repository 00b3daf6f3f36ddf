package sender

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"iozen/sender/mask"
	"iozen/store"
	"iozen/store/person"
	"iozen/store/strictjson"
)

// MaskAttempt hides in an attempt whatever its payload says about a person, in any spelling: in the answer, its headers, and
// the evidence for the words of the diagnosis.
func MaskAttempt(a store.Attempt, payload []byte) store.Attempt {
	known := personIn(payload)
	a.Detail = maskDetail(known, a.Detail)
	a.Response.Body = known.Bytes(a.Response.Body)
	headers := make([]store.Header, len(a.Response.Headers))
	for i, h := range a.Response.Headers {
		headers[i] = store.Header{Name: known.String(h.Name), Value: known.String(h.Value)}
	}
	a.Response.Headers = headers
	return a
}

// MaskDelivery hides in a delivery whatever is known of its person. Its payload stays one of the same form.
func MaskDelivery(d store.Delivery) store.Delivery {
	d.LastDetail = maskDetail(personIn(d.Payload), d.LastDetail)
	d.Payload = MaskPayload(d.Payload)
	return d
}

// maskPersonIn hides the person in the evidence before it is kept: diagnoses are told in lists, exports and notifications, where
// nobody has the payload at hand. A test is about nobody.
func maskPersonIn(a *store.Attempt, d store.Delivery) {
	if hasForeign(a.Detail) && !d.Test {
		a.Detail = maskDetail(personIn(d.Payload), a.Detail)
	}
}

func hasForeign(detail map[string]string) bool {
	for key := range detail {
		if !slices.Contains(ownDetails, key) {
			return true
		}
	}
	return false
}

// ownDetails are the keys of evidence that are ours, or tell of the endpoint before it knew of anybody.
var ownDetails = []string{
	"host", "port", "phase", "after_ms", "retry_after", "received", "announced", "address", "rule", "allow", "names", "issuer", "not_before", "not_after",
}

func maskDetail(known *mask.Mask, detail map[string]string) map[string]string {
	if len(detail) == 0 {
		return detail
	}
	masked := make(map[string]string, len(detail))
	for key, value := range detail {
		if slices.Contains(ownDetails, key) {
			masked[key] = value
			continue
		}
		masked[key] = known.String(value)
		if key == detailUsable && masked[key] != value { // a target with a mask in it is no use
			delete(masked, key)
		}
	}
	return masked
}

// personIn finds everything in a payload that MaskPayload hides.
func personIn(payload []byte) *mask.Mask {
	var k known
	eachMember(payload, func(name string, value json.RawMessage) {
		switch name {
		case "user_data":
			k.add(value)
		case "custom_data":
			eachMember(value, k.addCustom)
		case "source_url":
			k.addURL(value)
		}
	})
	return mask.New(person.Mask, k.values...)
}

// eachMember goes over an object; anything else has no members.
func eachMember(raw json.RawMessage, do func(name string, value json.RawMessage)) {
	if len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return
	}
	strictjson.Members(raw, func(key, value json.RawMessage) bool {
		do(strictjson.Unquote(key), value)
		return true
	})
}

// known collects what is known of a person.
type known struct{ values []mask.Value }

func (k *known) addCustom(name string, value json.RawMessage) {
	switch {
	case name == "referrer_url" || name == "landing_url":
		k.addURL(value)
	case !slices.Contains(openCustom, name):
		k.add(value)
	}
}

// add takes a value of any kind, with all that is in it.
func (k *known) add(value json.RawMessage) {
	switch value[0] {
	case '"':
		k.addText(strictjson.Unquote(value))
	case '[':
		strictjson.Elements(value, func(element json.RawMessage) bool {
			k.add(element)
			return true
		})
	case '{':
		strictjson.Members(value, func(_, member json.RawMessage) bool {
			k.add(member)
			return true
		})
	default:
		if isLongNumber(value) {
			k.addText(string(value))
		}
	}
}

func (k *known) addText(text string) {
	if !tells(text) {
		return
	}
	k.values = append(k.values, mask.Value{Text: text})
	for _, digits := range person.Digits(text) {
		k.values = append(k.values, mask.Value{Text: digits, Number: true})
	}
	for _, address := range person.Addresses(text) {
		k.values = append(k.values, mask.Value{Text: address})
	}
}

// addURL takes what query and fragment of a page's address say. The names of campaigns are no person's.
func (k *known) addURL(value json.RawMessage) {
	if value[0] != '"' {
		return
	}
	text := strictjson.Unquote(value)
	page, fragment, _ := strings.Cut(text, "#")
	_, query, _ := strings.Cut(page, "?")
	if tells(query) {
		k.values = append(k.values, mask.Value{Text: query})
	}
	for _, parameter := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(parameter, "=")
		if slices.Contains(openCustom, name) {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		k.addText(value)
	}
	k.addText(fragment)
}

// tells says that a value tells one person from others. What is shorter than three letters stands in any text.
func tells(text string) bool {
	n := 0
	for _, r := range text {
		switch {
		case r >= 0x2e80 && unicode.IsLetter(r): // a name of two such letters is whole
			n += 2
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
	}
	return n >= 3
}
