package event

import (
	"encoding/json"
	"slices"
	"strings"

	"iozen/store/mask"
	"iozen/store/strictjson"
)

// WithoutPersonalData is an event for an endpoint that may not learn who the visitor is: what happened, when, where and
// what it was worth. The visitor, the caller's own keys, click ids and whatever an address carries behind its path are
// left out, because each of them may lead to a person. What stays keeps its bytes.
func WithoutPersonalData(payload []byte) []byte {
	known := personIn(payload)
	return keep(payload, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "user_data":
			return nil
		case "custom_data":
			return keep(value, func(name string, value json.RawMessage) json.RawMessage {
				return impersonal(known, name, value)
			})
		case "source_url":
			return pageOnly(known, value)
		}
		return value
	})
}

// keep goes over an object and leaves out each key of which nothing is kept. Nothing is kept of anything but an object.
func keep(raw json.RawMessage, part func(name string, value json.RawMessage) json.RawMessage) json.RawMessage {
	o := newObject(make([]byte, 0, len(raw)))
	eachMember(raw, func(name string, value json.RawMessage) {
		if kept := part(name, value); kept != nil && !strictjson.IsNothing(kept) {
			o.raw(name, kept)
		}
	})
	return o.end()
}

// impersonal keeps a value of custom_data that says nothing about a person, in its own words or in those of this one.
func impersonal(known *mask.Mask, name string, value json.RawMessage) json.RawMessage {
	switch {
	case name == "referrer_url" || name == "landing_url":
		return pageOnly(known, value)
	case !slices.Contains(openCustom, name) || value[0] == '{' || value[0] == '[':
		return nil
	case value[0] == '"':
		if text := strictjson.Unquote(value); maskOpen(known, text) != text {
			return nil
		}
	}
	return value
}

// pageOnly keeps the address of a page without its query and fragment; nothing of an address that names a person before
// them.
func pageOnly(known *mask.Mask, value json.RawMessage) json.RawMessage {
	if value[0] != '"' {
		return nil
	}
	page := strictjson.Unquote(value)
	if i := strings.IndexAny(page, "?#"); i >= 0 {
		page = page[:i]
	}
	if page == "" || maskURL(known, page) != page {
		return nil
	}
	return strictjson.AppendString(nil, page)
}
