package sender

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
)

// readable unpacks a body that came packed although we asked for none, and turns it into UTF-8, within the bounds of
// what is read at all. What cannot be unpacked stays as it is. cut says that there is more than is returned.
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
	text = toUTF8(h.Get("Content-Type"), text)
	if len(text) > readBody {
		text, cut = text[:readBody], true
	}
	return text, cut
}

// unpack undoes one coding. A body that breaks off gives what came before.
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

// toUTF8 reads the charset that a byte order mark, the Content-Type or the page itself names. A text that says
// nothing is left alone.
func toUTF8(contentType string, text []byte) []byte {
	if rest, marked := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); marked {
		return rest
	}
	encoding, name, _ := charset.DetermineEncoding(text, contentType)
	marked := bytes.HasPrefix(text, []byte("\xfe\xff")) || bytes.HasPrefix(text, []byte("\xff\xfe"))
	named := strings.Contains(strings.ToLower(contentType), "charset=") || bytes.Contains(bytes.ToLower(text[:min(len(text), 1024)]), []byte("charset="))
	if name == "utf-8" || !marked && (!named || utf8.Valid(text) && !strings.HasPrefix(name, "utf-16") && !strings.HasPrefix(name, "iso-2022")) {
		return text
	}
	decoded, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return bytes.TrimPrefix(decoded, []byte("\ufeff"))
}
