package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// firstRead is how much of a promised body gets its memory at once: a promise costs a client nothing.
const firstRead = 64 << 10

// jsonBody reads a body once, whole. Its bound is maxBody (security.go), for chunked bodies too; a body that is
// announced as longer is refused unread.
func jsonBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &Problem{Status: http.StatusUnsupportedMediaType, Title: "Unsupported media type", Detail: "Send JSON, with the header Content-Type: application/json."}
	}
	if r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), firstRead)+bytes.MinRead))
	_, err := body.ReadFrom(r.Body)
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return nil, &Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: "The body did not arrive whole."}
	}
	return body.Bytes(), err
}

// isJSON takes application/json and what is built on it (application/problem+json), in UTF-8.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" && !(strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")) {
		return false
	}
	charset := params["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// bodyFields reads a body that is one JSON object. Each key has the function that takes its value; any other key is
// a mistake that is better seen than ignored.
func bodyFields(c echo.Context, fields map[string]takeField) error {
	body, err := jsonBody(c)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return notJSON("The body is not JSON.")
	}
	var d document
	d.object("", body, fields)
	return d.problem()
}

func notJSON(detail string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Title: "Not JSON", Detail: detail}
}

// invalid is the answer to a document that can be read and not be taken.
func invalid(errors []FieldError) *Problem {
	return &Problem{Status: http.StatusUnprocessableEntity, Title: "Invalid", Detail: "Nothing was changed; errors names what to mend.", Errors: errors}
}
