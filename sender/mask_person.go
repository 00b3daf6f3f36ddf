package sender

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"iozen/store"
	"iozen/store/strictjson"
)

// personMask stands for what is known about a person and not shown.
const personMask = "•••"

// openCustom are the keys of custom_data that say nothing about a person. What is not in here is masked: a caller's
// own keys may hold whatever a visitor typed.
var openCustom = []string{
	"value", "currency", "content_name", "field",
	"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ad_user_data", "ad_personalization",
}

// clickIDs tell one visitor from all others; their beginning is enough to recognise one.
var clickIDs = []string{"gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid", "ttclid", "li_fat_id"}

// MaskPayload returns a payload for people who may not see personal data: the same keys in the same order, with
// what they say about a person masked.
func MaskPayload(payload []byte) []byte {
	return maskObject(payload, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "user_data":
			return maskObject(value, maskUser)
		case "custom_data":
			return maskObject(value, maskCustom)
		case "source_url":
			return maskText(value, maskURL)
		}
		return value
	})
}

func maskObject(raw json.RawMessage, mask func(name string, value json.RawMessage) json.RawMessage) json.RawMessage {
	if !json.Valid(raw) || raw[0] != '{' {
		return json.RawMessage(`"` + personMask + `"`)
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
		masked := ""
		switch name {
		case "email":
			masked = store.MaskEmail(text)
		case "phone":
			masked = store.MaskPhone(text)
		case "first_name", "last_name":
			masked = firstLetter(text) + personMask
		}
		if masked == "" {
			return personMask
		}
		return masked
	})
}

func maskCustom(name string, value json.RawMessage) json.RawMessage {
	switch {
	case slices.Contains(openCustom, name):
		return value
	case slices.Contains(clickIDs, name):
		return maskText(value, shortened)
	case name == "referrer_url" || name == "landing_url":
		return maskText(value, maskURL)
	}
	return maskText(value, func(string) string { return personMask })
}

// maskText masks a string. Numbers, true, false and null say too little to hide; lists and objects go whole.
func maskText(value json.RawMessage, mask func(string) string) json.RawMessage {
	switch value[0] {
	case '"':
		return strictjson.AppendString(nil, mask(strictjson.Unquote(value)))
	case '{', '[':
		return json.RawMessage(`"` + personMask + `"`)
	}
	return value
}

func firstLetter(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// shortened keeps the first characters of an id, and none of one that is hardly longer.
func shortened(id string) string {
	const kept = 6
	if runes := []rune(id); len(runes) > 2*kept {
		return string(runes[:kept]) + "…"
	}
	return personMask
}

// maskURL keeps the page and hides what its query and fragment say.
func maskURL(text string) string {
	page, _, cut := strings.Cut(text, "?")
	if before, _, fragment := strings.Cut(page, "#"); fragment {
		page, cut = before, true
	}
	if cut {
		page += "?" + personMask
	}
	return page
}

// MaskPerson hides in a foreign text, such as an endpoint's answer, whatever the payload says about a person.
func MaskPerson(text string, payload []byte) string {
	for _, value := range personValues(payload) {
		quoted := string(strictjson.AppendString(nil, value))
		for _, form := range []string{value, strings.ToLower(value), url.QueryEscape(value), quoted[1 : len(quoted)-1]} {
			text = strings.ReplaceAll(text, form, personMask)
		}
	}
	return text
}

// personValues are the texts that MaskPayload hides, the longest first, so that none is left in part. What is
// shorter than three characters would hide half of any text.
func personValues(payload []byte) []string {
	var values []string
	collect := func(_ string, value json.RawMessage) json.RawMessage {
		if value[0] == '"' && len(value) >= len(`"abc"`) {
			values = append(values, strictjson.Unquote(value))
		}
		return value
	}
	maskObject(payload, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "user_data":
			maskObject(value, collect)
		case "custom_data":
			maskObject(value, func(name string, value json.RawMessage) json.RawMessage {
				if !slices.Contains(openCustom, name) {
					collect(name, value)
				}
				return value
			})
		}
		return value
	})
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	return values
}
