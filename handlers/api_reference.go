package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"iozen/store/strictjson"
	"iozen/views"
)

// apiReference shows the API's document as a page: each call with its curl command, what it takes and what it answers.
func (a *app) apiReference(c echo.Context) error {
	reference, err := a.reference()
	if err != nil {
		return err
	}
	page := views.APIReferencePage{Page: a.helpFrame(c, "API reference"), Query: strings.TrimSpace(c.QueryParam("q")), About: reference.about}
	base := a.baseURL(c)
	for _, call := range reference.calls {
		call.Curl = strings.ReplaceAll(call.Curl, "{base}", base)
		if matches(call, page.Query) {
			page.Calls = append(page.Calls, call)
		}
	}
	page.Scripts = []string{"js/reference.js"}
	return a.render(c, http.StatusOK, views.APIReference(page))
}

// matches says whether every word of a search is in what is said about a call.
func matches(call views.APICall, query string) bool {
	text := strings.ToLower(call.Words())
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(query)), func(word string) bool { return !strings.Contains(text, word) })
}

// reference is what the page shows of the document.
type reference struct {
	about string
	calls []views.APICall
}

// apiDocument is a node of the YAML with the root that its $refs start from.
type apiDocument struct{ root *yaml.Node }

// referenceOf reads the document, in the order in which it is written.
func referenceOf(raw []byte) (r reference, err error) {
	var file yaml.Node
	if err := yaml.Unmarshal(raw, &file); err != nil || len(file.Content) == 0 {
		return r, fmt.Errorf("read the API's document: %w", err)
	}
	d := apiDocument{file.Content[0]}
	r.about = d.text(d.root, "info", "description")
	for path, methods := range d.pairs(d.at(d.root, "paths")) {
		for method, call := range d.pairs(methods) {
			if method != "parameters" {
				r.calls = append(r.calls, d.call(path, method, methods, call))
			}
		}
	}
	return r, nil
}

func (d apiDocument) call(path, method string, methods, call *yaml.Node) views.APICall {
	c := views.APICall{
		ID: d.text(call, "operationId"), Method: strings.ToUpper(method), Path: path,
		Summary: d.text(call, "summary"), Text: d.text(call, "description"),
	}
	for _, list := range []*yaml.Node{d.at(methods, "parameters"), d.at(call, "parameters")} {
		for _, p := range d.items(list) {
			c.Parameters = append(c.Parameters, views.APIField{
				Name: d.text(p, "name"), Where: d.text(p, "in"), Type: d.typeOf(d.at(p, "schema")),
				Required: d.text(p, "required") == "true", Text: d.about(p, d.at(p, "schema")),
			})
		}
	}
	body := d.at(call, "requestBody", "content", "application/json")
	c.Body = d.fields("", d.at(body, "schema"))
	example := d.example(body)
	c.Curl = curlOf(c.Method, path, example)
	for status, answer := range d.pairs(d.at(call, "responses")) {
		c.Answers = append(c.Answers, views.APIAnswer{
			Status: status, Text: d.text(answer, "description"), Example: d.example(d.at(answer, "content", "application/json")),
		})
	}
	return c
}

// curlOf is the command that makes a call. What stands in its address is filled in by whoever uses it.
func curlOf(method, path, body string) string {
	place := strings.NewReplacer("{bot_id}", "BOT_ID", "{delivery_id}", "DELIVERY_ID", "{job_id}", "JOB_ID", "{n}", "NUMBER")
	lines := []string{"curl"}
	if method != http.MethodGet {
		lines[0] += " -X " + method
	}
	lines[0] += " '{base}" + place.Replace(path) + "'"
	lines = append(lines, "-H 'Authorization: Bearer YOUR_API_KEY'")
	if body != "" {
		lines = append(lines, "-H 'Content-Type: application/json'", "-d '"+strings.ReplaceAll(body, "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  ")
}

// fields lists what a body has; what is inside an object follows it, by its path.
func (d apiDocument) fields(before string, schema *yaml.Node) (fields []views.APIField) {
	if either := d.items(d.at(schema, "oneOf")); len(either) > 0 {
		schema = either[0]
	}
	required := d.items(d.at(schema, "required"))
	for name, property := range d.pairs(d.at(schema, "properties")) {
		fields = append(fields, views.APIField{
			Name: before + name, Type: d.typeOf(property), Text: d.about(property),
			Required: slices.ContainsFunc(required, func(n *yaml.Node) bool { return n.Value == name }),
		})
		fields = append(fields, d.fields(before+name+".", property)...)
	}
	return fields
}

// typeOf names a type for people: "text or null", "one of: a, b".
func (d apiDocument) typeOf(schema *yaml.Node) string {
	if values := d.items(d.at(schema, "enum")); len(values) > 0 {
		var names []string
		for _, v := range values {
			names = append(names, v.Value)
		}
		return "one of " + strings.Join(names, ", ")
	}
	if fixed := d.text(schema, "const"); fixed != "" {
		return fixed
	}
	kind := d.at(schema, "type")
	if kind == nil {
		return ""
	}
	names := []string{kind.Value}
	if kind.Kind == yaml.SequenceNode {
		names = nil
		for _, n := range kind.Content {
			names = append(names, n.Value)
		}
	}
	return strings.Join(names, " or ")
}

// about is the first description there is, with the bounds that the schema has.
func (d apiDocument) about(nodes ...*yaml.Node) string {
	var text string
	var bounds []string
	for _, n := range nodes {
		if text == "" {
			text = d.text(n, "description")
		}
		for _, b := range [][2]string{{"default", "default "}, {"minimum", "at least "}, {"maximum", "at most "}, {"maxLength", "at most (characters) "}, {"minItems", "at least (items) "}, {"maxItems", "at most (items) "}} {
			if value := d.text(n, b[0]); value != "" {
				bounds = append(bounds, b[1]+value)
			}
		}
	}
	if len(bounds) > 0 {
		text = strings.TrimSpace(text + " (" + strings.Join(bounds, ", ") + ")")
	}
	return text
}

// example is the fullest example of a body, as indented JSON; "" when there is none.
func (d apiDocument) example(media *yaml.Node) (longest string) {
	examples := []*yaml.Node{d.at(media, "example")}
	for _, named := range d.pairs(d.at(media, "examples")) {
		examples = append(examples, d.at(named, "value"))
	}
	for _, e := range examples {
		if e == nil || e.Kind == yaml.SequenceNode {
			continue
		}
		if text := jsonOfYAML(e); len(text) > len(longest) {
			longest = text
		}
	}
	return longest
}

// jsonOfYAML writes a node as JSON, its keys in the order in which they are written.
func jsonOfYAML(n *yaml.Node) string {
	var out, indented bytes.Buffer
	writeNode(&out, n)
	if json.Indent(&indented, out.Bytes(), "", "  ") != nil {
		return ""
	}
	return indented.String()
}

func writeNode(out *bytes.Buffer, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		out.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				out.WriteByte(',')
			}
			writeText(out, n.Content[i].Value)
			out.WriteByte(':')
			writeNode(out, n.Content[i+1])
		}
		out.WriteByte('}')
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			writeNode(out, item)
		}
		out.WriteByte(']')
	default:
		if n.Tag == "!!str" || n.Tag == "!!timestamp" || !json.Valid([]byte(n.Value)) {
			writeText(out, n.Value)
			return
		}
		out.WriteString(n.Value)
	}
}

func writeText(out *bytes.Buffer, text string) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a buffer does not fail, and a text is always JSON
	out.Truncate(out.Len() - 1)
}

// at follows names from a node, and what they refer to; nil where there is none.
func (d apiDocument) at(n *yaml.Node, names ...string) *yaml.Node {
	n = d.resolved(n)
	for _, name := range names {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				found = n.Content[i+1]
			}
		}
		n = d.resolved(found)
	}
	return n
}

// resolved is what a node that is a $ref points at.
func (d apiDocument) resolved(n *yaml.Node) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode || len(n.Content) < 2 || n.Content[0].Value != "$ref" {
		return n
	}
	path := strings.TrimPrefix(n.Content[1].Value, "#/")
	return d.at(d.root, strings.Split(strictjson.Unescape(path), "/")...)
}

func (d apiDocument) text(n *yaml.Node, names ...string) string {
	if found := d.at(n, names...); found != nil && found.Kind == yaml.ScalarNode {
		return strings.TrimSpace(found.Value)
	}
	return ""
}

// pairs walks a mapping in its order.
func (d apiDocument) pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n = d.resolved(n); n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, d.resolved(n.Content[i+1])) {
				return
			}
		}
	}
}

func (d apiDocument) items(n *yaml.Node) (items []*yaml.Node) {
	if n = d.resolved(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, item := range n.Content {
		items = append(items, d.resolved(item))
	}
	return items
}
