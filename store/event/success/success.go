// Package success reads in the JSON of an answer whether an endpoint really took an event. Some answer 200 whatever
// happens, and say in the body what did.
//
// Its functions are pure.
package success

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"iozen/store/option"
	"iozen/store/strictjson"
	"iozen/store/text"
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
	found = textOf(value)
	if same(found, rule.Value) {
		return Fulfilled, ""
	}
	const most = 60 // characters that the log shows
	return Differs, text.Clip(found, most)
}

// withoutMark is a text without the byte order mark that some programs put before it.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

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
	asked := wanted.Text()
	if strictjson.IsNumberText(found) && strictjson.IsNumberText(asked) {
		return strictjson.CompareNumbers(found, asked) == 0
	}
	return strings.EqualFold(found, asked)
}
