package receive

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

var (
	//go:embed page.html
	pageText string
	//go:embed explain.html
	explainText string
	//go:embed receive.css
	styleText string
	//go:embed receive.js
	scriptText string
)

var (
	pageTemplate    = template.Must(template.New("page").Parse(pageText))
	explainTemplate = template.Must(template.New("explain").Parse(explainText))
)

// page shows what arrived, newest first. receive.js brings what arrives later.
func (r *Receiver) page(w http.ResponseWriter, req *http.Request) {
	type ability struct{ Example, Says string }
	view := struct {
		URL      string
		Home     string
		Checks   bool // signatures
		Total    int
		Requests []Request
		Faults   []ability
	}{URL: "http://" + req.Host, Home: r.Home, Checks: len(r.secrets) > 0, Requests: r.Requests()}
	if len(view.Requests) > 0 {
		view.Total = view.Requests[0].Number
	}
	for _, f := range r.faults() {
		view.Faults = append(view.Faults, ability{f.example, f.says})
	}
	render(w, http.StatusOK, pageTemplate, view)
}

// explain answers somebody who opens an address of the endpoint in a browser: it says that the address is for POST.
func explain(w http.ResponseWriter, req *http.Request, says string) {
	w.Header().Set("Allow", http.MethodPost)
	render(w, http.StatusMethodNotAllowed, explainTemplate, struct{ URL, Says string }{"http://" + req.Host + req.URL.RequestURI(), says})
}

func render(w http.ResponseWriter, status int, t *template.Template, view any) {
	var body bytes.Buffer
	if err := t.Execute(&body, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(styleText))
}

func script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write([]byte(scriptText))
}
