package receive

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
)

//go:embed page.html
var pageText string

//go:embed receive.css
var styleText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page shows what arrived, newest first. It needs no JavaScript: it reloads itself.
func (r *Receiver) page(w http.ResponseWriter, req *http.Request) {
	type ability struct{ Example, Says string }
	view := struct {
		URL      string
		Total    int
		Requests []Request
		Faults   []ability
	}{URL: "http://" + req.Host, Requests: r.Requests()}
	if len(view.Requests) > 0 {
		view.Total = view.Requests[0].Number
	}
	for _, f := range faults {
		view.Faults = append(view.Faults, ability{f.example, f.says})
	}
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes())
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(styleText))
}

// headerLines are the headers as "Name: value", by name.
func (in Request) headerLines() []string {
	var lines []string
	for name, values := range in.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return lines
}

// Headers and Pretty are what the page shows of a request.

// Headers are the header lines.
func (in Request) Headers() []string { return in.headerLines() }

// Pretty is the body, indented if it is JSON.
func (in Request) Pretty() string {
	var out bytes.Buffer
	if json.Indent(&out, in.Body, "", "  ") != nil {
		return string(in.Body)
	}
	return out.String()
}
