// Package success reads in the JSON of an answer whether an endpoint really took an event. Some answer 200 whatever
// happens, and say in the body what did.
//
// Its functions are pure.
package success

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"iozen/store/option"
	"iozen/store/strictjson"
)

// Result is what an answer says of its success.
type Result string

// The results. All but Fulfilled make a 2xx a failure.
const (
	Fulfilled Result = ""                 // it holds what was asked for, or nothing was
	Differs   Result = "success_differs"  // there is another value at the path
	Missing   Result = "success_missing"  // there is nothing at the path
	NotJSON   Result = "success_not_json" // the answer is not JSON
	Cut       Result = "success_cut"      // what was read of the answer ends before the path
)

// Judge reads an answer. Only one with a 2xx status is asked; truncated says that the answer went on after body. found is
// the value at the path when it differs.
func Judge(rule option.Success, status int, body []byte, truncated bool) (result Result, found string) {
	if rule.IsZero() || status < 200 || status > 299 {
		return Fulfilled, ""
	}
	body = withoutMark(body)
	if !truncated && !json.Valid(body) {
		return NotJSON, ""
	}
	r := reader{decoder: json.NewDecoder(bytes.NewReader(body))}
	r.decoder.UseNumber()
	value, err := r.seek(strings.Split(rule.Path, "."))
	syntax := (*json.SyntaxError)(nil)
	switch _, isNumber := value.(json.Number); {
	case errors.Is(err, errNothing):
		return Missing, ""
	case errors.As(err, &syntax) && !endsEarly(err):
		return NotJSON, ""
	case err != nil || truncated && isNumber && r.decoder.InputOffset() == int64(len(body)):
		return Cut, "" // in the middle of a number, too
	}
	text := textOf(value)
	if same(text, rule.Value) {
		return Fulfilled, ""
	}
	return Differs, clip(text)
}

// withoutMark is a text without the byte order mark that some programs put before it.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

var errNothing = errors.New("nothing at the path")

// reader goes through an answer that may have been cut, and reads no further than it needs.
type reader struct{ decoder *json.Decoder }

// seek is the value at a path. Of an object or a list it is the opening bracket.
func (r reader) seek(path []string) (json.Token, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		if len(path) == 0 {
			return token, nil
		}
		return r.seekInside(path, token == json.Delim('{'))
	}
	if len(path) > 0 {
		return nil, errNothing
	}
	return token, nil
}

func (r reader) seekInside(path []string, object bool) (json.Token, error) {
	for position := 0; ; position++ {
		name := strconv.Itoa(position)
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			return nil, errNothing
		}
		if object {
			name, _ = token.(string)
		}
		switch {
		case name == path[0] && object:
			return r.seek(path[1:])
		case name == path[0]:
			return r.from(token, path[1:])
		case object:
			token, err = r.decoder.Token()
			if err != nil {
				return nil, err
			}
		}
		if err := r.skip(token); err != nil {
			return nil, err
		}
	}
}

// from goes on with an element of a list whose first token was read already.
func (r reader) from(token json.Token, path []string) (json.Token, error) {
	delim, opens := token.(json.Delim)
	switch {
	case len(path) == 0:
		return token, nil
	case !opens:
		return nil, errNothing
	}
	return r.seekInside(path, delim == '{')
}

// skip goes to the end of a value whose first token was read already.
func (r reader) skip(token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if token, err = r.decoder.Token(); err != nil {
			return err
		}
	}
}

// endsEarly says that a text could have gone on as JSON.
func endsEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "unexpected end of JSON input")
}

func textOf(value json.Token) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	case json.Number:
		return v.String()
	case json.Delim:
		if v == '{' {
			return "an object"
		}
		return "a list"
	}
	return ""
}

// same compares leniently: "true", TRUE and true mean the same to those who write and read such answers.
func same(found string, wanted option.Literal) bool {
	text := string(wanted)
	if text != "" && text[0] == '"' {
		text = strictjson.Unquote(json.RawMessage(text))
	}
	if strictjson.IsNumberText(found) && strictjson.IsNumberText(text) {
		return strictjson.CompareNumbers(found, text) == 0
	}
	return strings.EqualFold(found, text)
}

func clip(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
