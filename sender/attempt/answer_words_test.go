package attempt

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
)

func TestWhatARedirectMeans(t *testing.T) {
	const hook = "http://example.com/hook"
	for _, c := range []struct{ from, location, want string }{
		{hook, "/hook", outcome.RedirectSelf},
		{hook, hook, outcome.RedirectSelf},
		{hook, "", outcome.RedirectSelf},
		{hook, "hook", outcome.RedirectSelf},
		{hook, "https://example.com/hook", outcome.RedirectMove},
		{hook, "https://www.example.com/hook", outcome.RedirectMove},
		{hook, "/hook/", outcome.RedirectMove},
		{hook, "http://www.example.com/hook", outcome.RedirectMove},
		{hook, "https://EXAMPLE.com/hook/", outcome.RedirectMove},
		{hook + "/", "/hook", outcome.RedirectMove},
		{"http://example.com:8080/hook", "https://example.com/hook", outcome.RedirectMove},
		{"http://127.0.0.1:4711/hook", "https://127.0.0.1/hook", outcome.RedirectMove},
		{"https://www.example.com/a?b=c", "https://example.com/a?b=c", outcome.RedirectMove},
		{"http://login.example.com/hook", "https://login.example.com/hook", outcome.RedirectMove},
		{hook, "https://accounts.google.com/ServiceLogin?continue=x", outcome.RedirectSignIn},
		{hook, "/login", outcome.RedirectSignIn},
		{hook, "/users/sign_in", outcome.RedirectSignIn},
		{hook, "/wp-login.php?redirect_to=x", outcome.RedirectSignIn},
		{hook, "https://login.microsoftonline.com/common/oauth2/authorize", outcome.RedirectSignIn},
		{hook, "/account/signin", outcome.RedirectSignIn},
		{hook, "/auth/sso/start", outcome.RedirectSignIn},
		{hook, "/session/new", outcome.RedirectSignIn},
		{hook, "/Log-In/", outcome.RedirectSignIn},
		{"https://script.google.com/macros/s/x/exec", "https://script.googleusercontent.com/macros/echo?user_content_key=y", outcome.RedirectRan},
		{"https://script.google.com/macros/s/x/exec", "https://evil.example/macros/echo", ""},
		{hook, "https://script.googleusercontent.com/macros/echo", ""},
		{hook, "?", outcome.RedirectSelf},
		{hook, "/hook#top", outcome.RedirectSelf},
		{hook + "?a=b", "/hook?a=b#", outcome.RedirectSelf},
		{hook, "/anmelden", outcome.RedirectSignIn},
		{hook, "/fr/connexion?next=%2F", outcome.RedirectSignIn},
		{hook, "/iniciar-sesion/", outcome.RedirectSignIn},
		{hook, "/inloggen.php", outcome.RedirectSignIn},
		{hook, "/anmeldungen", ""},
		{hook, "/thanks", ""},
		{hook, "https://example.com/other", ""},
		{hook, "/hook?x=1", ""},
		{hook, "http://example.com:81/hook", ""},
		{hook, "/blogging", ""},
		{hook, "/catalogin", ""},
		{hook, "https://author.example/x", ""},
		{hook, "/signing-up-page", ""},
	} {
		from, err := url.Parse(c.from)
		require.NoError(t, err)
		to, err := from.Parse(c.location)
		require.NoError(t, err)
		require.Equal(t, c.want, redirectMeaning(from, to), "%s → %s", c.from, c.location)
	}
}

func TestAnswersThatSayTheyFailed(t *testing.T) {
	for body, want := range map[string]bool{
		`{"ok":false}`: true, `{"success":false}`: true, `{"error":"no such form"}`: true, ` { "Success" : false } `: true, `{"ok":true,"error":"x"}`: true,
		`{"errors":["a"]}`: true, `{"error":{"code":7}}`: true, `{"error":true}`: true, `{"status":"error"}`: true, `{"status":"failed","id":1}`: true,
		`{"success":"false"}`: true, "delivery failed": true, "Delivery  FAILED: no route": true, "not delivered": true,
		`{"ok":true}`: false, `{"success":true,"error":null}`: false, `{"error":""}`: false, `{"error":false}`: false, `{"errors":[]}`: false, `{"error":{}}`: false,
		`{"error":0}`: false, `{"status":"ok"}`: false, `{"result":{"ok":false}}`: false, `[{"ok":false}]`: false, "ok": false, "": false, "no errors": false,
		`{"ok":`: false, `{"message":"delivery failed before"}`: false, "<b>delivery failed</b>": false,
	} {
		require.Equal(t, want, saysFailed([]byte(body)), body)
	}
}

// packed is what an answer looks like under a coding.
func packed(t *testing.T, coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw":
		w, _ = flate.NewWriter(&b, 9)
	}
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func rawAnswer(status int, body string, header ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d Status\r\n%sContent-Length: %d\r\n\r\n%s", status, lines(header), len(body), body)
}

// Answers that come packed, or in another charset, are kept and judged as what they say.
func TestAnswersAreReadableHoweverTheyCome(t *testing.T) {
	const page = `<!DOCTYPE html><html><title>Login</title>`
	latin, err := charmap.Windows1252.NewEncoder().String(`{"fehler":"Feld „E-Mail“ ungültig"}`)
	require.NoError(t, err)
	sjis, err := japanese.ShiftJIS.NewEncoder().String("失敗しました")
	require.NoError(t, err)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(page)
	require.NoError(t, err)
	const gz, html = "Content-Encoding: gzip", "Content-Type: text/html"
	for name, c := range map[string]struct {
		answer, body, outcome string
	}{
		"plain":                 {rawAnswer(400, "no"), "no", "http_400"},
		"gzip":                  {rawAnswer(400, packed(t, "gzip", `{"error":"field"}`), gz), `{"error":"field"}`, "http_400"},
		"x-gzip, upper case":    {rawAnswer(400, packed(t, "gzip", "no"), "Content-Encoding: X-GZIP"), "no", "http_400"},
		"deflate":               {rawAnswer(400, packed(t, "deflate", "no"), "Content-Encoding: deflate"), "no", "http_400"},
		"deflate, raw":          {rawAnswer(400, packed(t, "raw", "no"), "Content-Encoding: deflate"), "no", "http_400"},
		"twice":                 {rawAnswer(400, packed(t, "gzip", packed(t, "deflate", "no")), "Content-Encoding: deflate, gzip"), "no", "http_400"},
		"identity":              {rawAnswer(400, "no", "Content-Encoding: identity"), "no", "http_400"},
		"not gzip":              {rawAnswer(400, "no", gz), "no", "http_400"},
		"gzip of a failure":     {rawAnswer(200, packed(t, "gzip", `{"ok":false}`), gz), `{"ok":false}`, outcome.OutcomeBodyFailed},
		"gzip of a page":        {rawAnswer(200, packed(t, "gzip", page), gz, html), page, outcome.OutcomeBodyHTML},
		"a page with a mark":    {rawAnswer(200, "\ufeff"+page, html), page, outcome.OutcomeBodyHTML},
		"a page in UTF-16":      {rawAnswer(200, utf16, html), page, outcome.OutcomeBodyHTML},
		"gzip of UTF-16":        {rawAnswer(200, packed(t, "gzip", utf16), gz), page, outcome.OutcomeBodyHTML},
		"XHTML":                 {rawAnswer(200, `<?xml version="1.0"?> <!-- x --> <html><title>Login</title>`), `<?xml version="1.0"?> <!-- x --> <html><title>Login</title>`, outcome.OutcomeBodyHTML},
		"XHTML by its type":     {rawAnswer(200, "<body>Login", "Content-Type: application/xhtml+xml"), "<body>Login", outcome.OutcomeBodyHTML},
		"a comment first":       {rawAnswer(200, "<!-- cached -->\n<HTML><title>Login</title>"), "<!-- cached -->\n<HTML><title>Login</title>", outcome.OutcomeBodyHTML},
		"XML is not a page":     {rawAnswer(200, `<?xml version="1.0"?><ok/>`, "Content-Type: text/xml"), `<?xml version="1.0"?><ok/>`, ""},
		"windows-1252":          {rawAnswer(400, latin, "Content-Type: application/json; charset=windows-1252"), `{"fehler":"Feld „E-Mail“ ungültig"}`, "http_400"},
		"latin1":                {rawAnswer(400, "ung\xfcltig", "Content-Type: text/plain; charset=ISO-8859-1"), "ungültig", "http_400"},
		"Shift JIS":             {rawAnswer(400, sjis, "Content-Type: text/plain; charset=Shift_JIS"), "失敗しました", "http_400"},
		"a wrong charset":       {rawAnswer(400, "ungültig", "Content-Type: text/plain; charset=iso-8859-1"), "ungültig", "http_400"},
		"an unknown charset":    {rawAnswer(400, "no", "Content-Type: text/plain; charset=klingon"), "no", "http_400"},
		"a charset in the page": {rawAnswer(200, "<html><meta charset=windows-1252><title>Gr\xfc\xdfe</title>", html), "<html><meta charset=windows-1252><title>Grüße</title>", outcome.OutcomeBodyHTML},
		"gzip without a word":   {rawAnswer(400, packed(t, "gzip", `{"error":"field"}`), "Content-Type: application/json"), `{"error":"field"}`, "http_400"},
		"latin1 without a word": {rawAnswer(400, "ung\xfcltig", "Content-Type: text/plain"), "ungültig", "http_400"},
		"JSON in latin1":        {rawAnswer(400, "{\"fehler\":\"Stra\xdfe \x80\"}", "Content-Type: application/json"), `{"fehler":"Straße €"}`, "http_400"},
		"UTF-8 that is cut":     {rawAnswer(400, "ungültig \xe2\x82"), "ungültig \xe2\x82", "http_400"},
		"UTF-8 without a word":  {rawAnswer(400, "ungültig €"), "ungültig €", "http_400"},
		"a picture":             {rawAnswer(400, "\x89PNG\r\n\x1a\n\x00\xfc"), "\x89PNG\r\n\x1a\n\x00\xfc", "http_400"},
		"bytes of nothing":      {rawAnswer(400, "\x00\xff\xfe\x01"), "\x00\xff\xfe\x01", "http_400"},
	} {
		t.Run(name, func(t *testing.T) {
			e := startEndpoint(t, answersAndStays(c.answer))
			a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()+"/"), sendertest.Delivery())
			require.Equal(t, c.outcome, a.Outcome)
			require.Equal(t, c.body, string(a.Response.Body))
			require.False(t, a.Response.Truncated)
			if strings.Contains(c.body, "<title>") {
				require.NotEmpty(t, a.Detail["title"])
			}
		})
	}
}

func TestAnAnswerThatUnpacksWithoutEndIsCut(t *testing.T) {
	bomb := packed(t, "gzip", strings.Repeat("a", 8<<20))
	e := startEndpoint(t, answersAndStays(rawAnswer(400, bomb, "Content-Encoding: gzip")))
	a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()+"/"), sendertest.Delivery())
	require.True(t, a.Response.Truncated)
	require.Equal(t, strings.Repeat("a", keepBody), string(a.Response.Body))
	half, cut := readable(map[string][]string{"Content-Encoding": {"gzip"}}, []byte(bomb[:len(bomb)/2]))
	require.True(t, cut)
	require.NotEmpty(t, half)
	require.LessOrEqual(t, len(half), readBody)
}

// What servers say to the wrong scheme, and for want of a client certificate, is understood in their words.
func TestWordsOfServers(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		outcome string
		header  []string
	}{
		{400, "Client sent an HTTP request to an HTTPS server.\n", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, "<html><center>The plain HTTP request was sent to HTTPS port</center>", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, "Reason: You&#39;re speaking\n plain HTTP to an SSL-enabled server port.", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, "Bad Request\nThis combination of host and port requires TLS.\n", outcome.OutcomeWrongSchemeHTTPS, nil},
		{403, "The page you are trying to access is secured: 403.4 - Forbidden: SSL is required to view this resource.", outcome.OutcomeWrongSchemeHTTPS, nil},
		{403, "The page must be viewed over a secure channel", outcome.OutcomeWrongSchemeHTTPS, nil},
		{497, "", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, "<pre>Bad HTTP: plain text on SSL port</pre>", outcome.OutcomeWrongSchemeHTTPS, nil},
		{400, `{"message":"SSL required"}`, outcome.OutcomeWrongSchemeHTTPS, nil},
		{403, `{"error":"https_required","message":"HTTPS is required"}`, outcome.OutcomeWrongSchemeHTTPS, nil},
		{403, "This API is available only over HTTPS.", outcome.OutcomeWrongSchemeHTTPS, nil},
		{426, "Upgrade Required: please use HTTPS", outcome.OutcomeWrongSchemeHTTPS, nil},
		{426, "", outcome.OutcomeWrongSchemeHTTPS, []string{"Upgrade: TLS/1.2, HTTP/1.1"}},
		{426, "", "http_426", []string{"Upgrade: h2c"}},
		{400, "field tls_requirement is bad", "http_400", nil},
		{400, "the field https is required_by no one", "http_400", nil},
		{400, "we moved from HTTP to HTTPS, and field x is bad", "http_400", nil},
		{500, "The plain HTTP request was sent to HTTPS port", "http_500", nil},
		{400, "<title>400 No required SSL certificate was sent</title>", outcome.OutcomeTLSClientCertificate, nil},
		{403, "403.7 - Forbidden: Client certificate required", outcome.OutcomeTLSClientCertificate, nil},
		{496, "", outcome.OutcomeTLSClientCertificate, nil},
		{495, "", outcome.OutcomeTLSClientCertificate, nil},
		{403, "your certificate of birth is missing", "http_403", nil},
		{403, "<title>Just a moment...</title>", "http_403 challenge", []string{"Server: cloudflare"}},
		{503, "Checking your browser before accessing", "http_503 challenge", []string{"CF-RAY: 1-FRA"}},
		{403, "", "http_403 challenge", []string{"cf-mitigated: challenge"}},
		{403, "<title>Just a moment...</title>", "http_403", nil},
		{403, "denied", "http_403", []string{"Server: cloudflare"}},
		{500, "<title>Just a moment...</title>", "http_500", []string{"Server: cloudflare"}},
	} {
		e := startEndpoint(t, answersAndStays(rawAnswer(c.status, c.body, c.header...)))
		a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()+"/"), sendertest.Delivery())
		got := a.Outcome
		if a.Detail["challenge"] != "" {
			got += " challenge"
		}
		require.Equal(t, c.outcome, got, "%d %s", c.status, c.body)
	}
}

// A URL leaves byte for byte as it was typed.
func TestAURLIsSentAsTyped(t *testing.T) {
	lines := make(chan string, 1)
	e := startEndpoint(t, func(p *peer) {
		line, _ := p.in.ReadString('\n')
		lines <- strings.TrimSpace(line)
		p.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	for _, tail := range []string{
		"/", "/hook", "/a%2Fb/{x}", "/a%2Fb", "/a%2fb", "/{x}", "/a|b", "/a^b", "/a\"b", "/a`b", `/a\b`, "/a<b>", "/%7Bx%7D", "/%41", "/a;b=c", "/a,b", "/a'b(c)*!$&+=:@~",
		"/../x", "/a/./b", "/a/../b", "/a/", "/a//b", "/?", "/?a=b&c=d", "/?q={x}|y", "/?a=%2F%2f/+", "/x?a?b", "/?a=[1]", "/%25", "/%C3%A9", "/x?", "?a=b", "",
	} {
		text := "http://" + e.Addr().String() + tail
		want := tail
		if !strings.HasPrefix(tail, "/") {
			want = "/" + tail
		}
		a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook(text), sendertest.Delivery())
		require.True(t, a.Delivered(), "%s: %s", tail, a.Outcome)
		require.Equal(t, "POST "+want+" HTTP/1.1", <-lines)
		require.Equal(t, text, a.URL, "the log says the same")
	}
	for tail, want := range map[string]string{"/é": "/%C3%A9", "/a?x=ü": "/a?x=%C3%BC", "/a#b": "/a", "//a/b": "//a/b"} {
		a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()+tail), sendertest.Delivery())
		require.True(t, a.Delivered(), tail)
		require.Equal(t, "POST "+want+" HTTP/1.1", <-lines)
	}
}
