package event

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"iozen/store"
	"iozen/store/mask"
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

// MaskDetail hides in evidence whatever a payload says about a person.
func MaskDetail(detail map[string]string, payload []byte) map[string]string {
	return maskDetail(personIn(payload), detail)
}

// MaskPersonIn hides the person in the evidence before it is kept: diagnoses appear in lists, exports and notifications,
// where the payload is not at hand. A test is about nobody, unless it was sent with a real person.
func MaskPersonIn(a *store.Attempt, d store.Delivery) {
	if hasForeign(a.Detail) && (!d.Test || d.Person != "") {
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

// ownDetails are the keys of evidence that come from us, or from the endpoint before it had received anything about the
// person.
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
		if key == DetailUsable && masked[key] != value { // a target with a mask in it is useless
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

// known collects what identifies a person.
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
	if !identifies(text) {
		return
	}
	k.values = append(k.values, mask.Value{Text: text})
	k.addMangled(text)
	for _, digits := range person.Digits(text) {
		k.values = append(k.values, mask.Value{Text: digits, Number: true})
	}
	for _, address := range person.Addresses(text) {
		k.addAddress(address)
	}
}

// addAddress takes an address in its one form, with its host as people read it, and its name if that distinguishes one
// person from others.
func (k *known) addAddress(address string) {
	const identifyingLength = 6 // letters; info, office and the like occur in any text
	name, host, _ := strings.Cut(address, "@")
	k.values = append(k.values, mask.Value{Text: address})
	if readable, err := idna.ToUnicode(host); err == nil && readable != host {
		k.values = append(k.values, mask.Value{Text: name + "@" + readable})
	}
	if utf8.RuneCountInString(name) >= identifyingLength {
		k.values = append(k.values, mask.Value{Text: name})
		k.addMangled(name)
	}
}

// addMangled takes what programs without support for umlauts and the like make of a text.
func (k *known) addMangled(text string) {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return
	}
	text = norm.NFC.String(text)
	if spelled := umlauts.Replace(text); spelled != text {
		k.values = append(k.values, mask.Value{Text: spelled})
	}
	lost := strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return -1
		}
		return r
	}, text)
	if identifies(lost) {
		k.values = append(k.values, mask.Value{Text: lost, Loose: true})
	}
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe")

// addURL takes what query and fragment of a page's address say, a user before its host, and addresses in its path. The
// names of campaigns do not identify anyone.
func (k *known) addURL(value json.RawMessage) {
	if value[0] != '"' {
		return
	}
	text := strictjson.Unquote(value)
	page, fragment, _ := strings.Cut(text, "#")
	page, query, _ := strings.Cut(page, "?")
	for _, all := range []string{query, fragment} {
		if identifies(all) {
			k.values = append(k.values, mask.Value{Text: all})
		}
		k.addParameters(all)
	}
	_, page, _ = strings.Cut(page, "://")
	host, path, _ := strings.Cut(page, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		for _, part := range strings.Split(host[:i], ":") {
			k.addDecoded(part, url.PathUnescape)
		}
	}
	for _, segment := range strings.Split(path, "/") {
		if hasAddress(segment) {
			k.addDecoded(segment, url.PathUnescape)
		}
	}
}

func (k *known) addParameters(query string) {
	for _, parameter := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, ok := strings.Cut(parameter, "=")
		if !ok {
			value = name
		}
		if ok && slices.Contains(openCustom, name) {
			continue
		}
		k.addDecoded(value, url.QueryUnescape)
	}
}

func (k *known) addDecoded(text string, decode func(string) (string, error)) {
	if decoded, err := decode(text); err == nil {
		text = decoded
	}
	k.addText(text)
}

// identifies says that a value distinguishes one person from others. Anything shorter than three letters occurs in any text.
func identifies(text string) bool {
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

// DetailUsable is the key of an address that the page offers to save.
const DetailUsable = "location_ok"
