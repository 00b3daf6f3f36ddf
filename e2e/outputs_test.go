package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// outputs is everything that the program wrote, by name, and the secrets that must not be in any of it.
type outputs struct {
	t       *testing.T
	written map[string]string
	secrets map[string]string
}

func newOutputs(t *testing.T) *outputs {
	return &outputs{t: t, written: map[string]string{}, secrets: map[string]string{}}
}

func (p *outputs) secret(name, value string) string {
	p.t.Helper()
	require.GreaterOrEqual(p.t, len(value), 8, name)
	p.secrets[name] = value
	return value
}

// files adds every file of a folder except the key file, which is a secret itself.
func (p *outputs) files(when, dir string) {
	p.t.Helper()
	found, err := os.ReadDir(dir)
	require.NoError(p.t, err)
	for _, f := range found {
		if f.IsDir() || strings.HasSuffix(f.Name(), ".key") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(p.t, err)
		p.written[when+f.Name()] = string(content)
	}
}

// requireNoSecret looks for every secret, as it is and in the encodings that programs use.
func (p *outputs) requireNoSecret() {
	p.t.Helper()
	for name, secret := range p.secrets {
		for form, text := range map[string]string{
			"as it is": secret, "in base64": base64.RawStdEncoding.EncodeToString([]byte(secret)),
			"in hex": hex.EncodeToString([]byte(secret)), "in an address": url.QueryEscape(secret), "quoted": strings.Trim(quote(secret), `"`), "in a page": html.EscapeString(secret),
		} {
			for what, content := range p.written {
				if at := strings.Index(content, text); at >= 0 {
					p.t.Errorf("%s stands %s in %s: …%q…", name, form, what, content[max(0, at-60):min(len(content), at+60)])
				}
			}
		}
	}
}

// reader is a browser without a screen. Whatever it reads is added to the outputs, unless it asks for a secret.
type reader struct {
	*outputs
	base   string
	client *http.Client
}

func (h *installation) newReader(p *outputs) *reader {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	return &reader{outputs: p, base: h.URL, client: &http.Client{Jar: jar}}
}

// get reads a page; post sends a form. Both follow redirects, and keep what they read.
func (v *reader) get(path string) string {
	v.t.Helper()
	return v.keep("GET "+path, v.do(http.MethodGet, path, nil))
}

func (v *reader) post(path string, form url.Values) string {
	v.t.Helper()
	return v.keep("POST "+path, v.do(http.MethodPost, path, form))
}

// hideable is what a page shows for a while only.
var hideable = regexp.MustCompile(`name="what" value="([^"]+)"`)

// shown sends a form whose page shows a secret for a while, and hides it again; it is not among what is kept.
func (v *reader) shown(path string, form url.Values) string {
	v.t.Helper()
	page := v.do(http.MethodPost, path, form)
	names := hideable.FindAllStringSubmatch(page, -1)
	if bot, ok := strings.CutPrefix(path, "/bots/"); ok { // headers have no button without a script
		names = append(names, []string{"", "headers " + bot[:36]})
	}
	for _, name := range names {
		v.do(http.MethodPost, "/hide", url.Values{"what": {name[1]}})
	}
	return page
}

func (v *reader) keep(what, body string) string {
	v.written[fmt.Sprintf("%s (%d)", what, len(v.written))] = body
	return body
}

func (v *reader) do(method, path string, form url.Values) string {
	v.t.Helper()
	req, err := http.NewRequest(method, v.base+path, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.client.Do(req)
	require.NoError(v.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(v.t, err)
	require.Less(v.t, res.StatusCode, 500, "%s %s: %s", method, path, body)
	return string(body)
}

// session is the token of the reader's session.
func (v *reader) session() string {
	v.t.Helper()
	base, err := url.Parse(v.base)
	require.NoError(v.t, err)
	for _, c := range v.client.Jar.Cookies(base) {
		if c.Name == "iozen" {
			return c.Value
		}
	}
	require.Fail(v.t, "no session")
	return ""
}

func first(t *testing.T, pattern, text string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(html.UnescapeString(text))
	require.NotNil(t, found, "%s in\n%s", pattern, text)
	return found[len(found)-1]
}

// lastOutput is the name of the newest output that begins so.
func lastOutput(p *outputs, begins string) (name string) {
	newest := -1
	for what := range p.written {
		var n int
		if _, err := fmt.Sscanf(what, begins+" (%d)", &n); err == nil && n > newest {
			newest, name = n, what
		}
	}
	return name
}
