package attempt

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// readable unpacks a body that came compressed although we did not ask for it, and converts it to UTF-8, within the bounds
// of reading. A body that cannot be unpacked stays as it is. cut says that there was more than is returned.
func readable(h http.Header, body []byte) (text []byte, cut bool) {
	text = body
	codings := strings.Split(strings.ToLower(strings.Join(h.Values("Content-Encoding"), ",")), ",")
	for i := len(codings) - 1; i >= 0 && i >= len(codings)-3; i-- { // the last one was applied last
		unpacked, more, ok := unpack(strings.TrimSpace(codings[i]), text)
		if !ok {
			break
		}
		text, cut = unpacked, cut || more
	}
	if bytes.HasPrefix(text, gzipMark) { // compressed without saying so
		if unpacked, more, ok := unpack("gzip", text); ok {
			text, cut = unpacked, cut || more
		}
	}
	text = toUTF8(h.Get("Content-Type"), text)
	if len(text) > readBody {
		text, cut = text[:readBody], true
	}
	return text, cut
}

// gzipMark begins everything that gzip compresses.
var gzipMark = []byte{0x1f, 0x8b, 8}

// unpack undoes one coding. Of a body that breaks off it returns what came before.
func unpack(coding string, packed []byte) (text []byte, cut, ok bool) {
	var r io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(packed))
	case "deflate": // some send it without the frame that it should have
		if r, err = zlib.NewReader(bytes.NewReader(packed)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(packed)), nil
		}
	default:
		return nil, false, false
	}
	if err != nil {
		return nil, false, false
	}
	text, err = readUpTo(bufio.NewReader(r), -1)
	if len(text) == 0 && err != nil {
		return nil, false, false
	}
	return text, err != nil || len(text) == readBody, true
}

// toUTF8 reads the charset that a byte order mark, the Content-Type or the page itself names. A text without any of them
// that is not UTF-8 is read as Windows-1252, as in browsers; other bytes are left alone.
func toUTF8(contentType string, text []byte) []byte {
	if rest, marked := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); marked {
		return rest
	}
	encoding, name, _ := charset.DetermineEncoding(text, contentType)
	marked := bytes.HasPrefix(text, []byte("\xfe\xff")) || bytes.HasPrefix(text, []byte("\xff\xfe"))
	named := strings.Contains(strings.ToLower(contentType), "charset=") || bytes.Contains(bytes.ToLower(text[:min(len(text), 1024)]), []byte("charset="))
	if unnamed := !marked && !named; unnamed && !utf8.Valid(wholeRunes(text)) && !bytes.ContainsFunc(text, isBinary) {
		encoding, name, named = charmap.Windows1252, "windows-1252", true
	}
	if name == "utf-8" || !marked && (!named || utf8.Valid(text) && !strings.HasPrefix(name, "utf-16") && !strings.HasPrefix(name, "iso-2022")) {
		return text
	}
	decoded, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return bytes.TrimPrefix(decoded, []byte("\ufeff"))
}

// wholeRunes drops an incomplete character at the end of a text.
func wholeRunes(text []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(text)); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// isBinary recognizes the control characters that no text has.
func isBinary(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) }
