package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Check returns the document without the white space around it, or says why the text is not JSON. All other functions
// rely on its validity.
func Check(text []byte) (json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	if !json.Valid(text) {
		var discard json.RawMessage
		return nil, json.Unmarshal(text, &discard) // says where
	}
	return bytes.Trim(text, " \t\r\n"), nil
}

// NotJSON puts what Check found in words, for whoever posted the text.
func NotJSON(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("the body is not JSON: %s, at byte %d", syntax.Error(), syntax.Offset)
	}
	return "the body is not JSON: " + err.Error()
}

// Members hands over each key (quoted, as written) and value of an object, until each says stop.
func Members(object json.RawMessage, each func(key, value json.RawMessage) (more bool)) {
	for i := next(object, 1); object[i] != '}'; {
		end := skipValue(object, i)
		key := object[i:end]
		i = next(object, end) // the colon
		i = next(object, i+1)
		end = skipValue(object, i)
		if !each(key, object[i:end]) {
			return
		}
		i = nextMember(object, end)
	}
}

// Elements hands over each value of an array, until each says stop.
func Elements(array json.RawMessage, each func(value json.RawMessage) (more bool)) {
	for i := next(array, 1); array[i] != ']'; {
		end := skipValue(array, i)
		if !each(array[i:end]) {
			return
		}
		i = nextMember(array, end)
	}
}

// Unquote decodes a string. Half a surrogate pair becomes U+FFFD; HasHalf reports it.
func Unquote(raw json.RawMessage) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // cannot fail: the document was checked
	return s
}

// IsNull says whether a value is null.
func IsNull(raw json.RawMessage) bool { return string(raw) == "null" }

// IsNothing says whether a value is null, "", [] or {}: the ways in which programs say that they have nothing to give.
func IsNothing(raw json.RawMessage) bool {
	switch raw[0] {
	case 'n':
		return true
	case '"':
		return len(raw) == len(`""`)
	case '[', '{':
		return next(raw, 1) == len(raw)-1
	}
	return false
}

// IsPlain says whether a value is a string without escapes, as most are: it is then written in the shortest way already.
func IsPlain(raw json.RawMessage) bool { return raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 }

// IsNumber says whether a value is a number.
func IsNumber(raw json.RawMessage) bool { return raw[0] == '-' || isDigit(raw[0]) }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// next is the first byte from i on that is not white space.
func next(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r' {
		i++
	}
	return i
}

// nextMember steps over a comma, and stays on a closing bracket.
func nextMember(b []byte, i int) int {
	if i = next(b, i); b[i] == ',' {
		return next(b, i+1)
	}
	return i
}

// skipValue is where the value that starts at i ends.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	return skipPlain(b, i)
}

// skipPlain is where a number or a word ends.
func skipPlain(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipNested(b []byte, i int) int {
	for depth := 0; ; i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}
