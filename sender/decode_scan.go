package sender

import (
	"bytes"
	"encoding/json"
)

// The scanner walks JSON that is known to be valid, so it only has to find where each value ends. It
// copies nothing and keeps order, digits and repeated keys, which decoding into maps or structs loses;
// it is also several times faster than reading tokens, and every accepted event passes here.

// members hands over each key (quoted, as written) and value of a valid JSON object, until each says stop.
func members(object json.RawMessage, each func(key, value json.RawMessage) (more bool)) {
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

// elements hands over each value of a valid JSON array, until each says stop.
func elements(array json.RawMessage, each func(value json.RawMessage) (more bool)) {
	for i := next(array, 1); array[i] != ']'; {
		end := skipValue(array, i)
		if !each(array[i:end]) {
			return
		}
		i = nextMember(array, end)
	}
}

// next is the first byte from i on that is no white space.
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
	if n := bytes.IndexAny(b[i:], ",]} \t\r\n"); n >= 0 {
		return i + n
	}
	return len(b)
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

// unquote decodes a valid JSON string.
func unquote(raw json.RawMessage) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // cannot fail: the whole body was checked
	return s
}
