package handlers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"iozen/static"
	"iozen/store"
)

// attack breaks out of text, attributes of either quote, comments, scripts and text areas, wherever it is put unescaped.
const attack = `xss'"--></title></textarea></script><img src=x onerror=alert(1)><script>alert(2)</script>`

// hostileEndpoint answers with the attack in its status text, headers and body.
func hostileEndpoint(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				fmt.Fprintf(conn, "HTTP/1.1 418 %s\r\nContent-Type: text/html\r\nX-Evil: %s\r\nLocation: javascript:alert(3)\r\nConnection: close\r\n\r\n<title>%s</title>%s", attack, attack, attack, attack)
			}
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// hostile is a site on which everything that anyone can name or write is an attack.
func hostile(t *testing.T) (*apiTest, string) {
	t.Helper()
	ta := &apiTest{testApp: signedInApp(t)}
	ta.key = ta.newKey(store.RoleOwner, uuid.Nil)
	ta.bot = ta.newBot(attack)
	require.Equal(t, http.StatusSeeOther, ta.testApp.post("/keys", url.Values{"name": {attack}, "role": {"viewer"}, "bot": {ta.bot.ID.String()}}).Code)
	require.Equal(t, http.StatusSeeOther, ta.testApp.post("/bots/"+ta.bot.ID.String()+"/settings/general", url.Values{"name": {attack + "!"}}).Code)
	target := hostileEndpoint(t) + "/" + url.PathEscape(attack) + "?" + "q='\"()"
	ta.call("PUT", ta.at("/webhook"), string(asJSON(t, map[string]any{
		"enabled": true, "url": target, "headers": []map[string]string{{"name": "X-Evil", "value": attack}},
	})), 200)
	event := map[string]any{
		"event_name": "Lead", "event_id": strings.ReplaceAll(attack, " ", "/"), "source_url": "https://example.com/" + attack,
		"user_data":   map[string]any{"email": attack + "@example.com", "phone": attack, "first_name": attack, "last_name": attack, "external_id": attack},
		"custom_data": map[string]any{"content_name": attack, "utm_source": attack, "utm_campaign": attack, attack: attack, "value": 1, "currency": "XXX"},
	}
	delivery := ta.post(string(asJSON(t, event)))
	ta.attempt()
	return ta, delivery
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

// harm parses a page as a browser would, and returns what the attack achieved in it, or "".
func harm(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return err.Error()
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			if found := harmOf(n); found != "" {
				return fmt.Sprintf("<%s> %s", n.Data, found)
			}
		}
	}
	return ""
}

var scriptURL = regexp.MustCompile(`(?i)^\s*(javascript|data|vbscript):`)

func harmOf(n *html.Node) string {
	if n.Data == "img" || n.Data == "script" && n.FirstChild != nil {
		return "is not ours"
	}
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
			return "has " + a.Key
		case slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) && scriptURL.MatchString(a.Val):
			return "leads to " + a.Val
		case n.Data == "script" && a.Key == "src" && !strings.HasPrefix(a.Val, static.Prefix):
			return "loads " + a.Val
		}
	}
	return ""
}

func TestHarmIsSeen(t *testing.T) {
	for name, page := range map[string]string{
		"in text": "<p>" + attack, "in an attribute": `<p title="` + attack + `">`, "in an unquoted one": "<p title=" + attack + ">",
		"in a text area": "<textarea>" + attack, "in a title": "<title>" + attack, "in a script": "<script>'" + attack, "in a comment": "<!-- " + attack,
		"in a link": `<a href="javascript:alert(1)">`,
	} {
		require.NotEmpty(t, harm(page), name)
	}
	require.Empty(t, harm("<p title='"+html.EscapeString(attack)+"'>"+html.EscapeString(attack)))
}

func TestNothingThatOthersSayBecomesMarkup(t *testing.T) {
	ta, delivery := hostile(t)
	bot := ta.bot.ID.String()
	query := url.QueryEscape(attack)
	shown := 0
	show := func(what string, res *httptest.ResponseRecorder) {
		require.NotEqual(t, http.StatusInternalServerError, res.Code, what)
		if !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
			require.NotEmpty(t, res.Header().Get("X-Content-Type-Options"), what)
			return
		}
		if strings.Contains(res.Body.String(), "xss") {
			shown++
		}
		require.Empty(t, harm(res.Body.String()), what)
	}
	for name, who := range access {
		method, path, _ := strings.Cut(name, " ")
		if !isPage(who) || method != http.MethodGet || strings.HasSuffix(path, "/live") {
			continue
		}
		path = strings.Replace(path, "/bots/:id", "/bots/"+bot, 1)
		path = strings.Replace(path, "/deliveries/:id", "/deliveries/"+delivery, 1)
		show(path, ta.get(path))
		show(path+"?…", ta.get(path+"?q="+query+"&account="+query+"&what="+query+"&bot="+query+"&status="+query+"&event_name="+query+
			"&code="+query+"&range="+query+"&from="+query+"&cursor="+query+"&said="+query+"&saved="+query+"&seen="+query))
	}
	for path, form := range map[string]url.Values{
		"/bots":                                   {"name": {attack + strings.Repeat("x", 100)}},
		"/bots/" + bot + "/settings/general":      {"name": {attack + strings.Repeat("x", 100)}},
		"/bots/" + bot + "/delete":                {"confirm": {attack}},
		"/bots/" + bot + "/settings/marketing":    {"url": {attack}, "headers": {attack}, "version": {attack}},
		"/bots/" + bot + "/webhook/fields":        {"field": {"url"}, "url": {attack}, "base": {"0"}, "tab": {"x"}, "seq": {"1"}, "run": {"1"}},
		"/bots/" + bot + "/webhook/test":          {},
		"/bots/" + bot + "/webhook/reveal":        {},
		"/bots/" + bot + "/webhook/secret/reveal": {},
		"/deliveries/" + delivery + "/reveal":     {},
		"/deliveries/" + delivery + "/resend":     {"next": {"javascript:alert(4)"}},
		"/keys":                                   {"name": {attack + strings.Repeat("x", 100)}, "bot": {attack}, "role": {attack}},
		"/bots/" + bot + "/keys":                  {},
		"/invitations":                            {"email": {attack}, "role": {attack}},
		"/account/password":                       {"current": {attack}, "new": {attack}},
		"/accounts/" + uuid.NewString() + "/role": {"role": {attack}},
		"/signin":     {"email": {attack}, "password": {attack}, "next": {"/" + attack}},
		"/invitation": {"token": {attack}, "password": {attack}},
	} {
		answer := ta.testApp.post(path, form)
		show("POST "+path, answer)
		if to := answer.Header().Get("Location"); to != "" {
			show(path+" leads to", ta.get(strings.Split(to, "#")[0]))
		}
		fragment := httptest.NewRequest(http.MethodPost, testHost+path, strings.NewReader(form.Encode()))
		fragment.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		fragment.Header.Set("Sec-Fetch-Site", "same-origin")
		fragment.Header.Set("X-Fragment", "true")
		show("POST "+path+", fragment", ta.do(fragment))
	}
	empty := newTestApp(t)
	show("POST /setup", empty.post("/setup", url.Values{"email": {attack}, "password": {"x"}}))
	require.Greater(t, shown, 20, "the attack was on show")
}
