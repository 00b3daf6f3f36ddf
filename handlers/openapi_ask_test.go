package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// idsIn finds {bot_id} and its like in a path.
var idsIn = regexp.MustCompile(`\{[a-z_]+\}`)

// documented is a site whose every answer is compared with the document.
type documented struct {
	*apiTest
	*openAPI
	t        *testing.T
	delivery string // an id for {delivery_id}
	job      string // likewise
	webhook  string // a number for {n}
}

// ask makes a call of the document, requires the status, and compares the answer with the document. query may be "";
// of the headers, "Name: value".
func (d *documented) ask(operation, query, body string, want int, headers ...string) map[string]any {
	d.t.Helper()
	r := d.request(operation, query, body)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res := d.do(r)
	require.Equal(d.t, want, res.Code, "%s: %s", operation, res.Body)
	d.hold(operation, res)
	if want == http.StatusNoContent {
		return nil
	}
	return decoded(d.t, res, want)
}

func (d *documented) request(operation, query, body string) *http.Request {
	method, path, _ := strings.Cut(operation, " ")
	path = strings.NewReplacer("{bot_id}", d.bot.ID.String(), "{delivery_id}", d.delivery, "{job_id}", d.job, "{n}", d.webhook).Replace(path)
	r := httptest.NewRequest(method, testHost+path+query, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+d.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// examples are the bodies that the document shows for a call.
func (d *documented) examples(operation string) (bodies []string) {
	method, path, _ := strings.Cut(operation, " ")
	if d.operations()[operation]["requestBody"] == nil {
		return nil
	}
	media, _ := d.find("paths", path, strings.ToLower(method), "requestBody", "content", "application/json")
	for _, example := range examplesOf(media) {
		bodies = append(bodies, string(example))
	}
	return bodies
}

// exampleParameter writes a parameter's example as it is written in an address.
func exampleParameter(parameter map[string]any) (name, example string, ok bool) {
	name, ok = parameter["name"].(string)
	switch value := parameter["example"].(type) {
	case string:
		return name, value, ok
	case bool:
		return name, map[bool]string{true: "true", false: "false"}[value], ok
	case json.Number:
		return name, value.String(), ok
	case []any:
		return name, value[0].(string) + "&" + name + "=" + value[1].(string), ok
	}
	return name, "", false
}
