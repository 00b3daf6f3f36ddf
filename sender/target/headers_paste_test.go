package target

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
)

// written are headers as lines, to compare them in one look.
func written(headers []store.HeaderChange) string {
	lines := make([]string, len(headers))
	for i, h := range headers {
		value := event.Mask
		if h.Value != nil {
			value = *h.Value
		}
		lines[i] = h.Name + ": " + value
	}
	return strings.Join(lines, " | ")
}

func TestWhatPeoplePasteIntoHeadersIsUnderstood(t *testing.T) {
	const bearer = "Authorization: Bearer abc"
	for text, want := range map[string]string{
		// Code and documents.
		"`Authorization`: `Bearer abc`":                                                            bearer,
		"`Authorization: Bearer abc`":                                                              bearer,
		"- `Authorization: Bearer abc`":                                                            bearer,
		"* Authorization: Bearer abc":                                                              bearer,
		"1. Authorization: Bearer abc":                                                             bearer,
		`Authorization: "Bearer abc",`:                                                             bearer,
		`Authorization: "Bearer abc"`:                                                              bearer,
		"Authorization: “Bearer abc”":                                                              bearer,
		"Authorization: «Bearer abc»":                                                              bearer,
		`'Authorization': 'Bearer abc',`:                                                           bearer,
		`'Authorization' => 'Bearer abc',`:                                                         bearer,
		`"Authorization" = "Bearer abc";`:                                                          bearer,
		`'Authorization: Bearer abc',`:                                                             bearer,
		`{"Authorization": "Bearer abc"}`:                                                          bearer,
		`{'Authorization': 'Bearer abc'}`:                                                          bearer,
		`{Authorization: 'Bearer abc'}`:                                                            bearer,
		`headers: {"Authorization": "Bearer abc"},`:                                                bearer,
		`headers={"Authorization": "Bearer abc"}`:                                                  bearer,
		`const headers = { Authorization: "Bearer abc" };`:                                         bearer,
		`$headers = ['Authorization' => 'Bearer abc'];`:                                            bearer,
		`$headers = array('Authorization: Bearer abc');`:                                           bearer,
		`["Authorization: Bearer abc", "X-B: 2"]`:                                                  bearer + " | X-B: 2",
		`{"Authorization": "Bearer abc", "X-B": "2"}`:                                              bearer + " | X-B: 2",
		"{\n  Authorization: 'Bearer abc',\n  'X-B': \"2\",\n}":                                    bearer + " | X-B: 2",
		"headers = {\n    'Authorization': 'Bearer abc',\n    'X-B': '2',\n}":                      bearer + " | X-B: 2",
		"\"headers\": {\n  \"Authorization\": \"Bearer abc\"\n},":                                  bearer,
		`[{"key":"Authorization","value":"Bearer abc","type":"text"},{"key":"X-B","value":"2"}]`:   bearer + " | X-B: 2",
		`{"name":"Authorization","value":"Bearer abc"}`:                                            bearer,
		"{\"headers\": {\"Authorization\": \"Bearer abc\"}, \"body\": null, \"method\": \"POST\"}": bearer,
		"{\n\"Authorization\": \"Bearer abc\",\n\"X-B\": \"" + event.Mask + "\"":                   bearer + " | X-B: " + event.Mask,
		`{"X-Path": "a\/b\u002Bc"}`:                                                                "X-Path: a/b+c",
		"X-Team:sales\napi_key: k\napi.version: 2\ntoken:t\n9: x":                                  "X-Team: sales | api_key: k | api.version: 2 | token: t | 9: x",
		// Commands.
		"curl ^\"https://x.example^\" ^\n  -H ^\"Authorization: Bearer abc^\" ^\n  -H ^\"X-B: 2^\"": bearer + " | X-B: 2",
		"curl \"https://x.example\" ^\r\n  -H \"Authorization: Bearer abc\" ^\r\n  -H \"X-B: ^2\"":  bearer + " | X-B: ^2",
		"curl ^\"https://x.example^\" -H ^\"X-J: ^{^\\^\"a^\\^\":1^}^\" --data-raw ^\"a^\"":         `X-J: {"a":1}`,
		"curl.exe https://x.example `\n  -H 'Authorization: Bearer abc'":                            bearer,
		`C:\Users\me>curl.exe -H "Authorization: Bearer abc" https://x.example`:                     bearer,
		`PS C:\Users\me> curl.exe -H "Authorization: Bearer abc" https://x.example`:                 bearer,
		"curl -sH 'X-A: 1' https://x.example":                                                       "X-A: 1",
		"curl -sSLH'X-A: 1' https://x.example":                                                      "X-A: 1",
		"curl -XPOST -HX-A:1 https://x.example":                                                     "X-A: 1",
		"curl https://x.example -b 'sid=abc' -A 'UA/1' -e 'https://r.example'":                      "Cookie: sid=abc | User-Agent: UA/1 | Referer: https://r.example",
		"curl https://x.example --cookie a=1 -b b=2 --user-agent=UA --referer 'https://r;auto'":     "Cookie: a=1; b=2 | User-Agent: UA | Referer: https://r",
		"curl --oauth2-bearer abc https://x.example":                                                bearer,
		"$ curl -H 'Authorization: Bearer abc' https://x.example":                                   bearer,
		"user@host:~$ curl -H 'Authorization: Bearer abc' https://x.example":                        bearer,
		"> curl -H 'Authorization: Bearer abc' https://x.example":                                   bearer,
		"sudo /usr/bin/curl -H 'Authorization: Bearer abc' https://x.example":                       bearer,
		"TOKEN=x curl -H 'Authorization: Bearer abc' https://x.example | jq .":                      bearer,
		"curl -H “Authorization: Bearer abc” https://x.example":                                     bearer,
		"curl –H 'Authorization: Bearer abc' —header 'X-B: 2' https://x.example":                    bearer + " | X-B: 2",
		"curl --json '{\"a\":\"-H b: c\"}' --header=X-A:1 https://x.example":                        "X-A: 1",
		"curl https://key:X@x.example/":                                                             "Authorization: Basic a2V5Olg=",
		"wget --header='X-A: 1' --user=key --password=X https://x.example":                          "X-A: 1 | Authorization: Basic a2V5Olg=",
		"wget --header 'X-A: 1' -U UA -qO- https://x.example":                                       "X-A: 1 | User-Agent: UA",
		"http POST https://x.example Authorization:'Bearer abc' name=x n:=1 q==2 X-B:2":             bearer + " | X-B: 2",
		"https -a key:X POST x.example X-A:1":                                                       "X-A: 1 | Authorization: Basic a2V5Olg=",
		"http -A bearer -a abc GET x.example/":                                                      bearer,
		"-sH 'X-A: 1'":                                                                              "X-A: 1",
		"curl -H $'X-A: a\\u0021b\\x2b\\tc\\041' https://x.example":                                 "X-A: a!b+\tc!",
		"curl -H $'X-A: it\\'s \\u00e9\\ud83d\\ude00\\U0001f600' https://x.example":                 "X-A: it's é😀😀",
		"curl -H $\"X-A: 1\" https://x.example":                                                     "X-A: 1",
		"curl -e ';auto' -H 'X-A: 1' https://x.example":                                             "X-A: 1",
		"Run: curl -H 'X-A: 1' https://x.example":                                                   "X-A: 1",
		"1. curl -H 'X-A: 1' https://x.example":                                                     "X-A: 1",
		"- `curl -H 'X-A: 1' https://x.example`":                                                    "X-A: 1",
		"cd /tmp; curl -H 'X-A: 1' https://x.example; echo done":                                    "X-A: 1",
		"RESPONSE=$(curl -sS -H 'X-A: 1' https://x.example)":                                        "X-A: 1",
		"sh -c \"curl -H 'X-A: 1' https://x.example\"":                                              "X-A: 1",
		"if curl -fsS -H 'X-A: 1' https://x.example; then echo ok; fi":                              "X-A: 1",
		"docker run --rm curlimages/curl -H 'X-A: 1' https://x.example":                             "X-A: 1",
		"cat lead.json | curl -d @- -H 'X-A: 1' https://x.example":                                  "X-A: 1",
		"*/5 * * * * curl -H 'X-A: 1' https://x.example":                                            "X-A: 1",
		"curl -H 'X-A: 1' https://x.example && curl -H 'X-B: 2' https://y.example":                  "X-A: 1 | X-B: 2",
		"```bash\ncurl -H 'X-A: 1' https://x.example\n```":                                          "X-A: 1",
		"```\n$ curl https://x.example \\\n>   -H 'X-A: 1'\n```":                                    "X-A: 1",
		"# create a lead\ncurl https://x.example \\\n  -H 'X-A: 1' # key":                           "X-A: 1",
		"curl https://x.example -H 'X-A: 1' \\\n  -d @- <<'EOF'\n{\"a\": \"b: c\"}\nEOF":            "X-A: 1",
		"xh post https://x.example X-A:1":                                                           "X-A: 1",
		"headers:\n  X-A: \"1\"\n  X-B: 2":                                                          "X-A: 1 | X-B: 2",
		"Custom Headers\nX-A: 1":                                                                    "X-A: 1",
		"Header: X-A: 1\nHTTP header: X-B: 2":                                                       "X-A: 1 | X-B: 2",
		"```\nX-A: 1\n```":                                                                          "X-A: 1",
		"X-Author: X-Authorization\nHeader: abc":                                                    "X-Author: X-Authorization | Header: abc",
		// Code that sends a request.
		"fetch(\"https://x.example\", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    \"x-a\": \"1\",\n    \"sec-ch-ua\": \"\\\"C\\\";v=\\\"1\\\"\"\n  },\n  \"referrer\": \"https://y.example\",\n  \"body\": \"{\\\"a\\\":1}\",\n  \"method\": \"POST\"\n});": "accept: */* | x-a: 1 | sec-ch-ua: \"C\";v=\"1\"",
		"await fetch('https://x.example', { method: 'POST', headers: { 'X-A': '1', Authorization: `Bearer abc` } });":                                                                                                                                              "X-A: 1 | " + bearer,
		"axios.post('https://x.example', data, {\n  headers: {\n    'X-A': '1',\n    'Content-Type': 'application/json'\n  }\n})":                                                                                                                                  "X-A: 1 | Content-Type: application/json",
		"import requests\nheaders = {\n    'X-A': '1',\n    'Accept-Encoding': 'gzip',\n}\nr = requests.post('https://x.example', headers=headers, json={'a': 1})":                                                                                                 "X-A: 1",
		"requests.post(\"https://x.example\", headers={\"X-A\": \"1\"}, json=d)":                                                                                                                                                                                   "X-A: 1",
		"$client->post('https://x.example', [\n  'headers' => ['X-A' => '1']\n]);":                                                                                                                                                                                 "X-A: 1",
		"curl_setopt_array($curl, array(\n  CURLOPT_URL => 'https://x.example',\n  CURLOPT_HTTPHEADER => array(\n    'X-A: 1'\n  ),\n));":                                                                                                                          "X-A: 1",
		"var settings = {\n  \"url\": \"https://x.example\",\n  \"timeout\": 0,\n  \"headers\": {\n    \"X-A\": \"1\"\n  },\n};":                                                                                                                                   "X-A: 1",
		"Invoke-RestMethod -Uri 'https://x.example' -Method Post -Headers @{ 'X-A' = '1'; Authorization = \"Bearer abc\" } -Body $b":                                                                                                                               "X-A: 1 | " + bearer,
		"Invoke-WebRequest -Uri \"https://x.example\" `\n-Method \"POST\" `\n-Headers @{\n\"authority\"=\"x.example\"\n  \"method\"=\"POST\"\n  \"x-a\"=\"1\"\n} `\n-Body \"{`\"a`\":1}\"":                                                                         "x-a: 1",
		"$headers = @{\n    \"X-A\" = \"1\"\n    \"X-B\" = \"2\"\n}\nInvoke-RestMethod -Uri \"https://x.example\" -Headers $headers":                                                                                                                               "X-A: 1 | X-B: 2",
		"req, err := http.NewRequest(\"POST\", \"https://x.example\", body)\nreq.Header.Set(\"X-A\", \"1\")\nreq.Header.Add(\"Authorization\", \"Bearer abc\")":                                                                                                    "X-A: 1 | " + bearer,
		"var xhr = new XMLHttpRequest();\nxhr.open(\"POST\", \"https://x.example\");\nxhr.setRequestHeader(\"X-A\", \"1\");":                                                                                                                                       "X-A: 1",
		"const myHeaders = new Headers();\nmyHeaders.append(\"X-A\", \"1\");\nfetch(\"https://x.example\", {headers: myHeaders});":                                                                                                                                 "X-A: 1",
		"HttpRequest.newBuilder().uri(URI.create(\"https://x.example\"))\n  .header(\"X-A\", \"1\")":                                                                                                                                                               "X-A: 1",
		"\"X-A\": \"1\"\n\"X-B\": \"2\"":         "X-A: 1 | X-B: 2",
		"R=`curl -H 'X-A: 1' https://x.example`": "X-A: 1",
		// What a browser sends besides is left out, the rest is taken.
		"curl https://x.example -H 'Accept-Encoding: gzip' -H 'Connection: keep-alive' -H 'Host: x' -H 'X-A: 1' --compressed":               "X-A: 1",
		"curl https://x.example -H 'Content-Type: text/plain' -H 'Content-Length: 5' -H 'X-A: 1' -H 'Accept:' -H 'X-E;' -H 'webhook-id: 1'": "X-A: 1",
		"curl https://x.example -H 'content-type: application/json; charset=utf-8' -H 'X-A: 1'":                                             "content-type: application/json; charset=utf-8 | X-A: 1",
		// Invisible characters.
		"Authorization: Bearer abc\u200e":             bearer,
		"Authorization: Bearer\u00a0abc":              bearer,
		"\ufeffAuthorization\u200b: Bearer a\u00adbc": bearer,
		"Authorization:\u2003Bearer abc\u202f":        bearer,
	} {
		headers, problems, _ := ParseHeaders(text)
		require.Empty(t, problems, "%+q", text)
		require.Equal(t, want, written(headers), "%+q", text)
	}
}

func TestWhatIsNoHeaderIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"#X-Debug: 1":                          "comments cannot stand here",
		"# X-Debug: 1":                         "comments cannot stand here",
		"// X-Debug: 1":                        "comments cannot stand here",
		"; X-Debug: 1":                         "comments cannot stand here",
		"<!-- X-Debug: 1 -->":                  "comments cannot stand here",
		"https://hooks.example.com/abc":        "this is a URL",
		"HTTP://hooks.example.com":             "this is a URL",
		"wss://hooks.example.com/abc":          "this is a URL",
		"hooks.example.com:8443/abc":           "this looks like an address with a port",
		"localhost:3000":                       "this looks like an address with a port",
		"10.0.0.5:8080/hook?a=b":               "this looks like an address with a port",
		"user:password":                        "put a space after the colon",
		"admin:hunter2!x":                      "put a space after the colon",
		"jane@example.com:secret":              "a header's name has only letters",
		"mailto:jane@example.com":              "put a space after the colon",
		"_x: 1":                                "a header's name has only letters",
		"-x: 1":                                "",
		".x: 1":                                "a header's name has only letters",
		"X+Y: 1":                               "a header's name has only letters",
		"X-A|B: 1":                             "a header's name has only letters",
		"**Authorization**: Bearer abc":        "a header's name has only letters",
		"POST https://x.example HTTP/1.1":      "a header's name has no spaces",
		"'Authorization': 'Bearer ' + token,":  "this line of code is not understood",
		"'Authorization': f'Bearer {token}',":  "this line of code is not understood",
		`{"X-N": 5}`:                           "this value is code or a number",
		`{"X-N": null}`:                        "this value is code or a number",
		`{"Authorization": "Bearer " + token}`: "this value is code or a number",
		`{"Authorization": "Bearer abc"`:       "what begins here is not closed",
		`{"X-A": {"X-B": ["c": 5]}}`:           "this value is code or a number",
		"headers: {}":                          "there are no headers in this",
		`req.Header.Set("X-A", "b: c")`:        "a header's name has no spaces",
		`setHeader("X-A","b:c")`:               "a header's name has only letters",
		"curl https://x.example":               "this command has no headers, so nothing was changed",
		"curl -x http://proxy.example:1 https://x.example":                 "this command has no headers, so nothing was changed",
		"curl -d 'A: b' https://x.example":                                 "this command has no headers, so nothing was changed",
		"wget -q https://x.example":                                        "this command has no headers, so nothing was changed",
		"http POST https://x.example name=x":                               "this command has no headers, so nothing was changed",
		"curl -u key https://x.example":                                    "the password is missing: write user:password",
		"curl --digest -u a:b https://x.example":                           "this command signs in with Digest",
		"curl -H \"Authorization: Bearer $TOKEN\" https://x.example":       "fill in $TOKEN",
		"Authorization: Bearer {{token}}":                                  "fill in {{token}}",
		"Authorization: Bearer <your-token>":                               "fill in <your-token>",
		"Authorization: Bearer YOUR_API_KEY":                               "fill in YOUR_API_KEY",
		"Authorization: Bearer ${TOKEN}":                                   "fill in ${TOKEN}",
		"Authorization: Bearer %TOKEN%":                                    "fill in %TOKEN%",
		"Authorization: Bearer [your token]":                               "fill in [your token]",
		"Authorization: Bearer ACCESS_TOKEN":                               "fill in ACCESS_TOKEN",
		"X-Api-Key: your-api-key":                                          "fill in your-api-key",
		"fetch(u, {headers: {\"X-A\": \"1\", \"X-B\": token}})":            "a header's name has",
		"req.Header.Set(\"X-A\", \"1\")\nreq.Header.Set(\"X-B\", key)":     "use Header-Name: value",
		"fetch(u, {headers: {a: \"1\"}}); fetch(v, {headers: {b: \"2\"}})": "a header's name has",
		"https: //hooks.example.com/abc":                                   "this is a URL",
		`"https://hooks.example.com/abc"`:                                  "this is a URL",
		`'HTTP://hooks.example.com/abc',`:                                  "this is a URL",
		`{"https": "//hooks.example.com/abc"}`:                             "this is a URL",
		"Authorization: Authorization: Bearer abc":                         "Authorization: is there twice",
		"X-A: x-a:1":                         "X-A: is there twice",
		"Authorization: Bearer Bearer abc":   "Bearer is there twice",
		"Authorization: Bearer ********":     "fill in ********",
		"Authorization: Bearer [REDACTED]":   "fill in [REDACTED]",
		"Authorization: Bearer XXXXXXXXXXXX": "fill in XXXXXXXXXXXX",
		"X-Api-Key: INSERT_KEY_HERE":         "fill in INSERT_KEY_HERE",
		"X-Api-Key: changeme":                "fill in changeme",
		"X-Api-Key: your-secret-thing-here":  "fill in your-secret-thing-here",
		"X-Api-Key: <%= token %>":            "fill in <%= token %>",
		"X-Api-Key: #{token}":                "fill in #{token}",
		"X-Api-Key: sk_live_ab…":             "it was cut off at …",
		"Content-Encoding: gzip":             "Content-Encoding cannot be set: it would describe another body than the one that ioZen makes",
		"Content-MD5: abc=":                  "Content-MD5 cannot be set: it would describe another body than the one that ioZen makes",
		"Accept-Encoding: gzip":              "Accept-Encoding cannot be set: answers are read uncompressed",
	} {
		_, problems, _ := ParseHeaders("\nX-Ok: 1\n" + text)
		require.NotEmpty(t, problems, text)
		require.Equal(t, 3, problems[0].Line, text)
		require.Contains(t, problems[0].Message, want, text)
	}
}

func TestWhatWasLeftOutOfACommandIsSaid(t *testing.T) {
	_, problems, notes := ParseHeaders("curl https://x.example \\\n -H 'Accept-Encoding: gzip' \\\n -H 'Connection: close' \\\n -H 'Content-MD5: x' -H 'X-A: 1' -H 'X-B:' -b jar.txt")
	require.Empty(t, problems)
	require.Equal(t, strings.Join([]string{
		"Line 1: only the headers of the curl command are taken",
		"Line 2: Accept-Encoding was left out: answers are read uncompressed",
		"Line 3: Connection was left out: it is set by the connection",
		"Line 4: Content-MD5 was left out: it would describe another body than the one that ioZen makes",
		"Line 4: X-B was left out: it has no value",
		"Line 4: cookies that are kept in a file were left out",
	}, "\n"), joined(notes))
}

// What looks like a mark of documentation may be a part of a secret.
func TestSecretsAreNotTakenForPlaceholders(t *testing.T) {
	for _, value := range []string{
		"Bearer eyJhbGciOi.eyJzdWIi.SflKxw", "p4$$WORD", "a$ABCDEF", "x%ABCDEF%20", "a<b>c", "<b>", "{\"a\":1}", "{tenant}", "100%", "yourself",
		"ab...cd", "Basic dXNlcjpwYXNz", "MYAPI_KEYS", "$", "%", "$1$salt$hash", "a;b=c, d", "Bearer CRM-TOKEN-1234", "a****b", "Bearer axxxxxxxxb", "xxxx", "ENTER_", "changement", "Bearer bearers x", "#fff", "unyour_token", "$filter eq 1",
	} {
		headers, problems, _ := ParseHeaders("X-A: " + value)
		require.Empty(t, problems, value)
		require.Equal(t, "X-A: "+value, written(headers))
	}
}

func TestTheAPINamesInvisibleCharactersOfHeaders(t *testing.T) {
	for given, want := range map[string]string{
		"Bearer abc\u200e": "remove a text direction mark (U+200E) at character 11 of the value",
		"Bearer\u00a0abc":  "type a plain space instead of a no-break space (U+00A0) at character 7 of the value",
		"a\u00adb":         "remove a soft hyphen (U+00AD) at character 2 of the value",
		"\ufeffa":          "remove a byte order mark (U+FEFF) at character 1 of the value",
		"a\u2060b":         "remove a word joiner (U+2060) at character 2 of the value",
		"\u00a0a":          "remove the space around the value",
	} {
		require.Equal(t, []LineProblem{{1, want}}, CheckHeaders([]store.HeaderChange{{Name: "X-A", Value: &given}}), "%+q", given)
	}
}
