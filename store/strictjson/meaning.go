package strictjson

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendMeaning appends a value in the one form that all spellings of it share: keys sorted, nothing escaped that need
// not be, numbers by their value, and keys left out whose value is nothing. It is for comparing, not for sending.
func AppendMeaning(dst []byte, raw json.RawMessage) []byte {
	switch raw[0] {
	case '"':
		if IsPlain(raw) {
			return append(dst, raw...)
		}
		return AppendString(dst, Unquote(raw))
	case '{':
		return appendMeaningOfObject(dst, raw)
	case '[':
		dst = append(dst, '[')
		Elements(raw, func(value json.RawMessage) bool {
			dst = append(AppendMeaning(dst, value), ',')
			return true
		})
		return closed(dst, ']')
	case 't', 'f', 'n':
		return append(dst, raw...)
	}
	return AppendNumber(dst, raw)
}

// member is a key of an object with the meaning of its value.
type member struct {
	name  string
	value []byte
}

func appendMeaningOfObject(dst []byte, raw json.RawMessage) []byte {
	var members []member
	Members(raw, func(key, value json.RawMessage) bool {
		if meaning := AppendMeaning(nil, value); !IsNothing(meaning) {
			members = append(members, member{Unquote(key), meaning})
		}
		return true
	})
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = append(dst, '{')
	for _, m := range members {
		dst = append(AppendString(dst, m.name), ':')
		dst = append(append(dst, m.value...), ',')
	}
	return closed(dst, '}')
}

// closed puts a bracket in the place of the last comma.
func closed(dst []byte, bracket byte) []byte {
	if last := len(dst) - 1; dst[last] == ',' {
		dst[last] = bracket
		return dst
	}
	return append(dst, bracket)
}

// AppendNumber appends a number's value: its digits without zeros at either end, and the power of ten: 10.0 is 1e1.
func AppendNumber(dst []byte, raw json.RawMessage) []byte {
	mantissa, power := raw, 0
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		var err error
		mantissa = raw[:i]
		if power, err = strconv.Atoi(string(raw[i+1:])); err != nil && strings.Trim(string(mantissa), "-0.") != "" {
			return append(dst, raw...) // too small to differ from zero
		}
	}
	mantissa, negative := bytes.CutPrefix(mantissa, []byte("-"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := bytes.TrimLeft(slices.Concat(whole, fraction), "0")
	power -= len(fraction)
	short := bytes.TrimRight(digits, "0")
	power += len(digits) - len(short)
	if len(short) == 0 {
		return append(dst, '0')
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, short...)
	if power != 0 {
		dst = strconv.AppendInt(append(dst, 'e'), int64(power), 10)
	}
	return dst
}

// AppendString quotes as JSON.stringify does: only what JSON demands is escaped, UTF-8 stays UTF-8.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0 // where a run of characters begins that go out as they are
	for i := 0; i < len(s); {
		if b := s[i]; b >= ' ' && b < utf8.RuneSelf && b != '"' && b != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = appendRune(append(dst, s[plain:i]...), r)
		i += size
		plain = i
	}
	return append(append(dst, s[plain:]...), '"')
}

func appendRune(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r >= ' ':
		return utf8.AppendRune(dst, r)
	case r >= '\b' && r <= '\r' && r != '\v':
		return append(dst, '\\', "btn_fr"[r-'\b'])
	}
	return append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
}
