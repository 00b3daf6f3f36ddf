package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Shape is what a value asks of whoever reads it.
type Shape struct {
	Depth  int  // objects and arrays inside one another; 0 for a plain value
	Digits int  // of the longest number
	Huge   bool // a number is larger than any float64
	Halves bool // half a surrogate pair was written as U+FFFD
}

// Compact appends a value without the white space between its parts: order, digits and escapes stay as they were
// written. Only half a surrogate pair, which many programs cannot read, is written as U+FFFD.
func Compact(dst []byte, raw json.RawMessage) ([]byte, Shape) {
	var s Shape
	depth := 0
	for i := 0; i < len(raw); {
		switch b := raw[i]; b {
		case ' ', '\t', '\r', '\n':
			i++
			continue
		case '"':
			end := skipString(raw, i)
			var halves bool
			dst, halves = appendWhole(dst, raw[i:end])
			s.Halves = s.Halves || halves
			i = end
			continue
		case '{', '[':
			depth++
			s.Depth = max(s.Depth, depth)
		case '}', ']':
			depth--
		case ',', ':':
		default:
			end := skipPlain(raw, i)
			if IsNumber(raw[i:end]) {
				s.Digits = max(s.Digits, Digits(raw[i:end]))
				s.Huge = s.Huge || IsHuge(raw[i:end])
			}
			dst = append(dst, raw[i:end]...)
			i = end
			continue
		}
		dst = append(dst, raw[i])
		i++
	}
	return dst, s
}

// Digits counts those of a number, its exponent's included.
func Digits(number json.RawMessage) (n int) {
	for _, b := range number {
		if isDigit(b) {
			n++
		}
	}
	return n
}

// IsHuge says whether a number is larger than any float64: most programs read it as infinite, or not at all.
func IsHuge(number json.RawMessage) bool {
	const surelySmaller = 300 // digits without an exponent
	if len(number) < surelySmaller && bytes.IndexByte(number, 'e') < 0 && bytes.IndexByte(number, 'E') < 0 {
		return false
	}
	_, err := strconv.ParseFloat(string(number), 64)
	return err != nil
}

// HasHalf says whether a string holds half a surrogate pair.
func HasHalf(raw json.RawMessage) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return false
	}
	_, halves := appendWhole(nil, raw)
	return halves
}

// appendWhole appends a quoted string as it was written, but for halves of surrogate pairs.
func appendWhole(dst, quoted []byte) (_ []byte, halves bool) {
	for i := 0; i < len(quoted); {
		n := bytes.IndexByte(quoted[i:], '\\')
		if n < 0 {
			return append(dst, quoted[i:]...), halves
		}
		dst = append(dst, quoted[i:i+n]...)
		i += n
		length, half := escapeAt(quoted[i:])
		if half {
			dst, halves = append(dst, "\uFFFD"...), true
		} else {
			dst = append(dst, quoted[i:i+length]...)
		}
		i += length
	}
	return dst, halves
}

// escapeAt measures the escape at the beginning of text; a surrogate pair counts as one.
func escapeAt(text []byte) (length int, half bool) {
	const one = len(`\uD83D`)
	unit, ok := unitAt(text)
	switch {
	case !ok:
		return len(`\n`), false
	case unit < 0xD800 || unit > 0xDFFF:
		return one, false
	case unit >= 0xDC00:
		return one, true
	}
	if second, ok := unitAt(text[one:]); ok && second >= 0xDC00 && second <= 0xDFFF {
		return 2 * one, false
	}
	return one, true
}

// unitAt reads the \uXXXX at the beginning of text, if there is one.
func unitAt(text []byte) (unit uint64, ok bool) {
	if len(text) < len(`\uD83D`) || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return unit, err == nil
}
