package handlers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store/strictjson"
)

// firstRead is how much memory a body of announced length gets at once: announcing a length costs a client nothing.
const firstRead = 64 << 10

// jsonBody reads a body once, whole. Its bound is maxBody (security.go), for chunked bodies too, and again for what is
// unpacked; a body that is announced as longer is refused unread. A byte order mark is not a part of the document.
func jsonBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	if r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	body, err := readBody(r.Body, r.ContentLength)
	if err != nil {
		return nil, err
	}
	if body, err = unpacked(body, r.Header.Get("Content-Encoding")); err != nil {
		return nil, err
	}
	if isUTF16(body) {
		return nil, notJSON("The body is UTF-16. Send UTF-8.")
	}
	if bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		return nil, notJSON("The body is packed with gzip where JSON should begin. Pack it once, and send Content-Encoding: gzip with it.")
	}
	return bytes.TrimPrefix(body, []byte(byteOrderMark)), nil
}

// isUTF16 recognizes UTF-16 by its byte order mark, or by the zero beside the first character: JSON begins with ASCII.
func isUTF16(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) || len(body) > 1 && (body[0] == 0) != (body[1] == 0)
}

func readBody(from io.Reader, announced int64) ([]byte, error) {
	body := bytes.NewBuffer(make([]byte, 0, min(max(announced, 0), firstRead)+bytes.MinRead))
	_, err := body.ReadFrom(from)
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return nil, &Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: "The body did not arrive whole."}
	}
	return body.Bytes(), err
}

// unpacked undoes a Content-Encoding, and gives up once more than maxBody has been unpacked.
func unpacked(body []byte, encoding string) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
	default:
		return nil, unsupported("Send the body as it is, or packed with gzip (Content-Encoding: gzip).")
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, badGzip()
	}
	body, err = io.ReadAll(io.LimitReader(packed, maxBody+1))
	switch {
	case len(body) > maxBody:
		return nil, &http.MaxBytesError{Limit: maxBody}
	case err != nil:
		return nil, badGzip()
	}
	return body, nil
}

func badGzip() *Problem {
	return &Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: "The body is not gzip, or not whole, though its Content-Encoding says gzip."}
}

func unsupported(detail string) *Problem {
	return &Problem{Status: http.StatusUnsupportedMediaType, Title: "Unsupported media type", Detail: detail}
}

// checkContentType accepts application/json and types built on it (application/problem+json), in UTF-8 under any of its
// names.
func checkContentType(header string) error {
	if header == "application/json" {
		return nil
	}
	media, params, _ := strings.Cut(strings.ToLower(header), ";")
	media = strings.TrimSpace(media)
	if media != "application/json" && !(strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")) {
		return unsupported("Send JSON, with the header Content-Type: application/json.")
	}
	for param := range strings.SplitSeq(params, ";") {
		name, charset, _ := strings.Cut(param, "=")
		if strings.TrimSpace(name) == "charset" && !isUTF8(charset) {
			return unsupported("Send JSON in UTF-8; the Content-Type names the charset " + strconv.Quote(strings.Trim(charset, ` "'`)) + ".")
		}
	}
	return nil
}

// isUTF8 recognizes UTF-8 in any spelling (utf8, UTF_8, "utf-8"), and ASCII, which is a part of it.
func isUTF8(charset string) bool {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, charset)
	return slices.Contains([]string{"", "utf8", "utf8mb4", "utf8sig", "cp65001", "65001", "unicode11utf8", "xunicode20utf8", "ascii", "usascii"}, letters)
}

// bodyFields reads a body that is one JSON object. fields has a function for the value of each key; any other key is
// refused, because it is probably a mistake.
func bodyFields(c echo.Context, fields map[string]takeField) error {
	body, err := jsonBody(c)
	if err != nil {
		return err
	}
	raw, err := strictjson.Check(body)
	if err != nil {
		return notJSON(sentence(strictjson.NotJSON(err)))
	}
	var d document
	d.object("", raw, fields)
	return d.problem()
}

func notJSON(detail string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Title: "Not JSON", Detail: detail}
}

// invalid is the answer to a document that can be read but breaks a rule.
func invalid(errors []FieldError) *Problem {
	return &Problem{Status: http.StatusUnprocessableEntity, Title: "Invalid", Detail: "Nothing was changed; errors names what to fix.", Errors: errors}
}
