package target

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheOneURLOfAPastedTextIsTaken(t *testing.T) {
	const hook = "https://hooks.example.com/abc"
	for pasted, want := range map[string]string{
		hook:                                hook,
		"  " + hook + " \r\n":               hook,
		"`" + hook + "`":                    hook,
		"“" + hook + "”":                    hook,
		"‘" + hook + "’":                    hook,
		"'" + hook + "',":                   hook,
		"\"" + hook + "\"":                  hook,
		"<" + hook + ">":                    hook,
		"(" + hook + ")":                    hook,
		"[" + hook + "]":                    hook,
		"*" + hook + "*":                    hook,
		"**" + hook + "**":                  hook,
		hook + " (production)":              hook,
		hook + ".":                          hook,
		hook + ",":                          hook,
		hook + "\nSecret: whsec_123\n":      hook,
		"Use " + hook + ", then press Save": hook,
		"Is it " + hook + "?":               hook,
		"Webhook URL: " + hook:              hook,
		"url=" + hook:                       hook,
		"POST " + hook + " HTTP/1.1":        hook,
		"POST " + hook + " HTTP/1.1\r\nAccept: */*\r\n":               hook,
		"[my hook](" + hook + ")":                                     hook,
		"[" + hook + "](" + hook + ")":                                hook,
		`<a href="` + hook + `">` + hook + "</a>":                     hook,
		`{"url": "https:\/\/hooks.example.com\/abc"}`:                 hook,
		`{"url": "` + hook + `", "enabled": true}`:                    hook,
		"\u202a" + hook + "\u202c":                                    hook,
		hook + "\u200e":                                               hook,
		"https://hooks.example.com/a\u200bbc":                         hook,
		hook + "\u00a0(production)":                                   hook,
		"- " + hook:                                                   hook,
		"see https://p.example/x_(y) for it":                          "https://p.example/x_(y)",
		"https://p.example/?to=https://q.example/":                    "https://p.example/?to=https://q.example/",
		"https://p.example/{{id}}":                                    "https://p.example/{{id}}",
		"https://p.example/it's":                                      "https://p.example/it's",
		"https://https://hooks.example.com/abc":                       "https://https://hooks.example.com/abc",
		"hooks.example.com/abc":                                       hook,
		"`hooks.example.com/abc`":                                     hook,
		"hooks.example.com:8443/abc?x=1":                              "https://hooks.example.com:8443/abc?x=1",
		"localhost:3000/hook":                                         "http://localhost:3000/hook",
		"HTTPS://Hooks.example.com/abc":                               "HTTPS://Hooks.example.com/abc",
		hook + "。请保存":                                                 hook,
		"网址是" + hook + "，谢谢":                                          hook,
		"「" + hook + "」":                                              hook,
		"（" + hook + "）":                                              hook,
		"<" + hook + "|the hook>":                                     hook,
		"[" + hook + "|the hook]":                                     hook,
		"prod," + hook + ",active":                                    hook,
		"|Webhook|" + hook + "|yes|":                                  hook,
		hook + "<br>Secret":                                           hook,
		hook + "<br />Secret":                                         hook,
		"<p>" + hook + "<b>":                                          hook,
		`{"url":"` + hook + `?a=1\u0026b\u003d2"}`:                    hook + "?a=1&b=2",
		`<a href="` + hook + `?a=1&amp;b=2">here</a>`:                 hook + "?a=1&b=2",
		hook + "?a=1&amp;b=2":                                         hook + "?a=1&b=2",
		"https://p.example/<your-id>":                                 "https://p.example/<your-id>",
		"https://<your domain>/hook":                                  "https://<your domain>/hook",
		"Use https://p.example/<id_here>/x, please":                   "https://p.example/<id_here>/x",
		"https://p.example/?to=https://q.example/,https://r.example/": "https://p.example/?to=https://q.example/,https://r.example/",
		"https://p.example/abc...":                                    "https://p.example/abc...",
		// Commands.
		"curl " + hook:                                      hook,
		"curl hooks.example.com/abc":                        hook,
		"curl localhost:3000/hook":                          "http://localhost:3000/hook",
		"$ curl -X POST " + hook + " -d '{}'":               hook,
		"curl -H 'Origin: https://app.example.com' " + hook: hook,
		"curl -H 'Origin: https://app.example.com' -e https://r.example -A x " + hook: hook,
		"curl -x http://proxy.example.com:8080 " + hook:                               hook,
		"curl -d '{\"to\":\"https://x.example\"}' --url " + hook:                      hook,
		"curl -d https://x.example --resolve a:1:b -o x.json " + hook + " | jq .":     hook,
		"curl ^\"https://hooks.example.com/abc?a=1^&b=2^\" ^\n  -H ^\"A: b^\"":        hook + "?a=1&b=2",
		"curl \\\n  -H 'A: b' \\\n  '" + hook + "' \\\n  --data-raw '{\n\"a\": 1\n}'": hook,
		"Run this:\n\ncurl -sS " + hook + "\n\nand look.":                             hook,
		"- `curl " + hook + "`":                                               hook,
		"curl.exe \"" + hook + "\"":                                           hook,
		"wget -qO- --header='A: b' " + hook:                                   hook,
		"http POST " + hook + " A:b c=d":                                      hook,
		"sudo curl -k " + hook + " > /dev/null":                               hook,
		"curl “" + hook + "”":                                                 hook,
		"curl $'https://hooks.example.com/\\u0061bc'":                         hook,
		"curl " + hook + "; echo https://ok.example":                          hook,
		"curl -s " + hook + " && echo https://ok.example":                     hook,
		"R=$(curl -H 'Origin: https://app.example' " + hook + ")":             hook,
		"R=$(curl \\\n  -H 'Origin: https://app.example' \\\n  " + hook + ")": hook,
		"Run: curl -H 'Origin: https://app.example' " + hook:                  hook,
		"http :8080/hook A:b":                                                 "http://localhost:8080/hook",
		"http :/hook A:b":                                                     "http://localhost/hook",
	} {
		got := ReadPastedURL(pasted)
		require.Equal(t, want, got.URL, "%+q: %v", pasted, got)
		require.Empty(t, got.Choices, "%+q", pasted)
		if trimmed := strings.TrimSpace(pasted); trimmed != want {
			require.NotEmpty(t, got.Done, "what was done is said: %+q", pasted)
		}
	}
}

func TestOfSeveralURLsNoneIsGuessed(t *testing.T) {
	for pasted, want := range map[string]string{
		"https://a.example/x https://b.example/y":                      "https://a.example/x https://b.example/y",
		"https://a.example/x\nhttps://b.example/y":                     "https://a.example/x https://b.example/y",
		"https://a.example/xhttps://b.example/y":                       "https://a.example/x https://b.example/y",
		"test: https://a.example/x, live: https://b.example/y.":        "https://a.example/x https://b.example/y",
		"https://a.example/x, https://a.example/x, https://b.example/": "https://a.example/x https://b.example/",
		"https://a.example/x,https://b.example/y":                      "https://a.example/x https://b.example/y",
		"https://a.example/x|https://b.example/y":                      "https://a.example/x https://b.example/y",
		"[https://a.example](https://b.example)":                       "https://a.example https://b.example",
		"curl https://a.example/x https://b.example/y":                 "https://a.example/x https://b.example/y",
		"curl https://a.example/x\ncurl https://b.example/y":           "https://a.example/x https://b.example/y",
		"curl https://a.example/x && curl https://b.example/y":         "https://a.example/x https://b.example/y",
		"curl https://a.example/x | curl -d @- https://b.example/y":    "https://a.example/x https://b.example/y",
		"curl https://a.example/x; wget https://b.example/y":           "https://a.example/x https://b.example/y",
		"https://crm.example.com/ho oks":                               "https://crm.example.com/ho https://crm.example.com/hooks",
		"https://crm.example.com/ho\noks":                              "https://crm.example.com/ho https://crm.example.com/hooks",
		"https://crm.example.com/h\nook\ns?a=b":                        "https://crm.example.com/h https://crm.example.com/hooks?a=b",
	} {
		got := ReadPastedURL(pasted)
		require.Empty(t, got.URL, pasted)
		require.Equal(t, want, strings.Join(got.Choices, " "), pasted)
	}
}

func TestATextWithoutAURLIsLeftAsItIs(t *testing.T) {
	for _, pasted := range []string{
		"", " ", "not a url", "webhook.php", "token", "eyJhbGciOi.eyJzdWIi.SflKxw x", "ftp://x.example/", "mailto:a@b.example", "curl", "curl -H 'A: b'",
		strings.Repeat("https://x.example/ ", 10_000),
	} {
		got := ReadPastedURL(pasted)
		if pasted == "webhook.php" { // a name like any other, to a text
			require.Equal(t, "https://webhook.php", got.URL)
			continue
		}
		require.Empty(t, got, pasted)
	}
}

func FuzzReadPastedURL(f *testing.F) {
	for _, seed := range []string{"curl 'https://a.example", "[https://a](https://b)", "https://a**https://b", "(https://a)))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		began := time.Now()
		got := ReadPastedURL(pasted)
		require.Less(t, time.Since(began), 20*time.Second)
		require.False(t, got.URL != "" && len(got.Choices) > 0)
		require.NotEqual(t, 1, len(got.Choices))
	})
}
