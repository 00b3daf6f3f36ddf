package field

import (
	"encoding/json"
	"iter"
	"net/url"
	"strings"

	"iozen/store/strictjson"
)

// parameters are those in the query of a page's address. They are decoded when one is asked for.
type parameters struct {
	address json.RawMessage
	first   map[string]string // value of each name; nil: not decoded yet
}

// value is the first value of a parameter, as JSON.
func (p *parameters) value(name string) (json.RawMessage, bool) {
	if p == nil {
		return nil, false
	}
	if p.first == nil {
		p.first = map[string]string{}
		for name, value := range queryOf(strictjson.Unquote(p.address)) {
			if name = unescape(name); !has(p.first, name) {
				p.first[name] = strings.ToValidUTF8(unescape(value), "\uFFFD")
			}
		}
	}
	text, ok := p.first[name]
	return strictjson.AppendString(nil, text), ok
}

func has(all map[string]string, name string) bool {
	_, ok := all[name]
	return ok
}

// queryOf goes over the parameters of an address, which may be one that net/url refuses.
func queryOf(address string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		address, _, _ = strings.Cut(address, "#")
		_, query, _ := strings.Cut(address, "?")
		for part := range strings.SplitSeq(query, "&") {
			if name, value, _ := strings.Cut(part, "="); !yield(name, value) {
				return
			}
		}
	}
}

// Parameter is the first value of a parameter in the query of a page's address.
func Parameter(address, name string) (value string, ok bool) {
	for key, value := range queryOf(address) {
		if unescape(key) == name {
			return strings.ToValidUTF8(unescape(value), "\uFFFD"), true
		}
	}
	return "", false
}

// unescape decodes a part of a query; one that cannot be decoded is taken as it stands.
func unescape(part string) string {
	if text, err := url.QueryUnescape(part); err == nil {
		return text
	}
	return part
}
