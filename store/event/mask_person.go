package event

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"iozen/store/mask"
	"iozen/store/person"
	"iozen/store/strictjson"
)

// openCustom are the keys of custom_data that say nothing about a person. What is not in here is masked: a caller's
// own keys may hold whatever a visitor typed.
var openCustom = []string{
	"value", "currency", "content_name", "field",
	"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ad_user_data", "ad_personalization",
}

// clickIDs identify one visitor; their beginning is enough to recognize one.
var clickIDs = []string{"gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid", "ttclid", "li_fat_id"}

// MaskPayload returns a payload for people who may not see personal data: the same keys in the same order, with
// what they say about a person masked, wherever it stands.
func MaskPayload(payload []byte) []byte {
	known := personIn(payload)
	return maskObject(payload, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "user_data":
			return maskObject(value, maskUser)
		case "custom_data":
			return maskObject(value, func(name string, value json.RawMessage) json.RawMessage { return maskCustom(known, name, value) })
		case "source_url":
			return maskText(value, func(text string) string { return maskURL(known, text) })
		}
		return value
	})
}

func maskObject(raw json.RawMessage, mask func(name string, value json.RawMessage) json.RawMessage) json.RawMessage {
	if !json.Valid(raw) || raw[0] != '{' {
		return json.RawMessage(`"` + person.Mask + `"`)
	}
	o := newObject(make([]byte, 0, len(raw)))
	strictjson.Members(raw, func(key, value json.RawMessage) bool {
		name := strictjson.Unquote(key)
		o.raw(name, mask(name, value))
		return true
	})
	return o.end()
}

func maskUser(name string, value json.RawMessage) json.RawMessage {
	return maskText(value, func(text string) string {
		switch name {
		case "email":
			return person.MaskEmail(text)
		case "phone":
			return person.MaskPhone(text)
		case "first_name", "last_name":
			return person.MaskName(text)
		}
		return person.Mask
	})
}

func maskCustom(known *mask.Mask, name string, value json.RawMessage) json.RawMessage {
	switch {
	case slices.Contains(openCustom, name):
		return maskText(value, func(text string) string { return maskOpen(known, text) })
	case slices.Contains(clickIDs, name):
		return maskText(value, shortened)
	case name == "referrer_url" || name == "landing_url":
		return maskText(value, func(text string) string { return maskURL(known, text) })
	}
	if isLongNumber(value) {
		return json.RawMessage(`"` + person.Mask + `"`)
	}
	return maskText(value, func(string) string { return person.Mask })
}

// isLongNumber says that a number is long enough to be a phone's, or a customer's.
func isLongNumber(value json.RawMessage) bool {
	const long = 7
	digits := 0
	for _, b := range value {
		if b >= '0' && b <= '9' {
			digits++
		}
	}
	return value[0] != '"' && value[0] != '{' && value[0] != '[' && digits >= long
}

// maskOpen lets a text through that should say nothing about a person, but for what is known of this one, and for addresses.
func maskOpen(known *mask.Mask, text string) string {
	if hasAddress(text) {
		return person.Mask
	}
	return known.String(text)
}

func hasAddress(text string) bool {
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	return strings.ContainsAny(text, "@＠﹫")
}

// maskText masks a string. Short numbers, true, false and null say too little to hide; lists and objects go whole.
func maskText(value json.RawMessage, mask func(string) string) json.RawMessage {
	switch value[0] {
	case '"':
		return strictjson.AppendString(nil, mask(strictjson.Unquote(value)))
	case '{', '[':
		return json.RawMessage(`"` + person.Mask + `"`)
	}
	return value
}

// shortened keeps the first characters of an id, and none of one that is hardly longer.
func shortened(id string) string {
	const kept = 6
	if runes := []rune(id); len(runes) > 2*kept {
		return string(runes[:kept]) + "…"
	}
	return person.Mask
}

// maskURL keeps the page and hides who asked for it: what query and fragment say, a user before the host, addresses in the path
// and whatever is known of the person.
func maskURL(known *mask.Mask, text string) string {
	page, cut := text, false
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		page, cut = text[:i], true
	}
	scheme, rest, ok := strings.Cut(page, "://")
	if !ok {
		return person.Mask // not the address of a page
	}
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = person.Mask + host[i:]
	}
	if strings.Contains(rest, "/") {
		segments := strings.Split(path, "/")
		for i, segment := range segments {
			if hasAddress(segment) {
				segments[i] = person.Mask
			}
		}
		path = known.String("/" + strings.Join(segments, "/"))
	}
	page = scheme + "://" + host + path
	if cut {
		page += "?" + person.Mask
	}
	return page
}
