package handlers

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"iozen/store/strictjson"
)

// TestTheDocumentIsServed: programs find it without a key.
func TestTheDocumentIsServed(t *testing.T) {
	ta := newTestApp(t)
	res := ta.get("/openapi.yaml")
	require.Equal(t, 200, res.Code)
	require.Equal(t, "application/yaml", res.Header().Get("Content-Type"))
	require.Equal(t, openAPIDocument, res.Body.Bytes())
}

// TestEveryRouteOfTheAPIStandsInTheDocument, and the reverse.
func TestEveryRouteOfTheAPIStandsInTheDocument(t *testing.T) {
	var routes []string
	for _, r := range newTestApp(t).router.Routes() {
		if strings.HasPrefix(r.Path, "/v1/") {
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	var documented []string
	for operation := range loadDocument(t).operations() {
		method, path, _ := strings.Cut(operation, " ")
		documented = append(documented, method+" "+idsIn.ReplaceAllString(strings.ReplaceAll(path, "{n}", ":n"), ":id"))
	}
	require.ElementsMatch(t, routes, documented)
}

// openAPI is the document as a program reads it. Answers are checked more strictly than the document demands: a key that it
// does not mention is a mistake.
type openAPI struct {
	t        *testing.T
	root     map[string]any
	compiler *jsonschema.Compiler
	answered map[string]bool // "GET /v1/bots 200"
}

func loadDocument(t *testing.T) *openAPI {
	t.Helper()
	var read any
	require.NoError(t, yaml.Unmarshal(openAPIDocument, &read))
	text, err := json.Marshal(read)
	require.NoError(t, err)
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	d := &openAPI{t: t, root: root.(map[string]any), compiler: jsonschema.NewCompiler(), answered: map[string]bool{}}
	strict(d.root, false)
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	require.NoError(t, d.compiler.AddResource("openapi.json", d.root))
	return d
}

// strict forbids unknown keys wherever an object is described or referred to. The parts of an allOf describe only some keys,
// and so may the named schemas: these are checked where they are referred to.
func strict(node any, part bool) {
	switch node := node.(type) {
	case []any:
		for _, element := range node {
			strict(element, part)
		}
	case map[string]any:
		for key, value := range node {
			if key == "schemas" {
				for _, schema := range value.(map[string]any) {
					strict(schema, true)
				}
				continue
			}
			strict(value, key == "allOf")
		}
		describes := node["$ref"] != nil || node["properties"] != nil || node["allOf"] != nil
		if describes && !part && node["additionalProperties"] == nil {
			node["unevaluatedProperties"] = false
		}
	}
}

// operations are the calls of the document: "GET /v1/bots" and what it says about them.
func (d *openAPI) operations() map[string]map[string]any {
	found := map[string]map[string]any{}
	for path, item := range d.root["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			if method != "parameters" {
				found[strings.ToUpper(method)+" "+path] = operation.(map[string]any)
			}
		}
	}
	return found
}

// find follows a place in the document through references, and returns where it led.
func (d *openAPI) find(place ...string) (node map[string]any, pointer string) {
	d.t.Helper()
	node = d.root
	for i, name := range place {
		next, ok := node[name].(map[string]any)
		require.True(d.t, ok, "the document has no %s", strings.Join(place[:i+1], " › "))
		node, pointer = next, strictjson.Pointer(pointer, name)
		if ref, refers := node["$ref"].(string); refers && name != "schema" {
			pointer = strings.TrimPrefix(ref, "#")
			parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
			node, pointer = d.find(parts...)
		}
	}
	return node, pointer
}

// fits requires that a value is what the schema at a place describes.
func (d *openAPI) fits(pointer string, value []byte, what string) {
	d.t.Helper()
	schema, err := d.compiler.Compile("openapi.json#" + pointer)
	require.NoError(d.t, err)
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	require.NoError(d.t, err, what)
	require.NoError(d.t, schema.Validate(decoded), "%s: %s", what, value)
}

// hold requires that the document describes an answer: status, headers, content type, and every key.
func (d *openAPI) hold(operation string, res *httptest.ResponseRecorder) {
	d.t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	status := strconv.Itoa(res.Code)
	what := operation + " " + status
	response, pointer := d.find("paths", path, strings.ToLower(method), "responses", status)
	d.answered[what] = true
	headers, _ := response["headers"].(map[string]any)
	for name := range headers {
		require.NotEmpty(d.t, res.Header().Get(name), "%s: header %s", what, name)
	}
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 {
		require.Empty(d.t, res.Body.String(), what)
		return
	}
	media := res.Header().Get("Content-Type")
	require.Equal(d.t, slices.Collect(maps.Keys(content)), []string{media}, what)
	d.fits(strictjson.Pointer(pointer+"/content", media)+"/schema", res.Body.Bytes(), what)
}
