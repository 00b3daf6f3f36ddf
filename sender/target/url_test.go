package target

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/ssrftest"
)

// The text alone decides at the stage "save"; everything else is fine as a text.
func TestCheckURLOnTheSSRFCases(t *testing.T) {
	cases := ssrftest.Read(t).Cases
	require.Greater(t, len(cases), 300)
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			allow := allowing(t, c.Allow...)
			checked, problem := CheckURL(c.URL, allow)
			if c.Stage == "save" {
				require.NotNil(t, problem, "must be refused while editing; got %s", checked)
				require.Equal(t, c.Rule, problem.Code, problem.Message)
				require.NotEmpty(t, problem.Message)
				return
			}
			require.Nil(t, problem)
			again, problem := CheckURL(checked, allow)
			require.Nil(t, problem)
			require.Equal(t, checked, again, "the stored form must be stable")
		})
	}
}

func allowing(t *testing.T, entries ...string) Allow {
	t.Helper()
	allow, err := ParseAllow(strings.Join(entries, ","))
	require.NoError(t, err)
	return allow
}

func TestCheckURLStoresOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"  https://crm.example.com/hooks \n":     "https://crm.example.com/hooks",
		"HTTPS://CRM.Example.com/Hooks?A=b":      "https://crm.example.com/Hooks?A=b",
		"http://crm.example.com:080/":            "http://crm.example.com/",
		"http://crm.example.com:/":               "http://crm.example.com/",
		"https://crm.example.com:443/":           "https://crm.example.com/",
		"https://crm.example.com:08443/":         "https://crm.example.com:8443/",
		"https://crm.example.com./x":             "https://crm.example.com/x",
		"https://bücher.example/ü?q=ü":           "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC",
		"https://crm.example.com/a/../b?c=%20&d": "https://crm.example.com/a/../b?c=%20&d",
		"https://[2606:4700:4700:0::1111]/":      "https://[2606:4700:4700::1111]/",
		"https://a-b_c.example.com":              "https://a-b_c.example.com",
		"https://hooks.example.com/a%2Fb/{x}":    "https://hooks.example.com/a%2Fb/%7Bx%7D",
		"https://hooks.example.com/|x|^\"`\\<>":  "https://hooks.example.com/%7Cx%7C%5E%22%60%5C%3C%3E",
		"https://hooks.example.com/?a[]=1&b={x}": "https://hooks.example.com/?a[]=1&b=%7Bx%7D",
		"https://hooks.example.com/%7Bx%7D":      "https://hooks.example.com/%7Bx%7D",
		"https://hooks.example.com/%e4%2f//;a=b": "https://hooks.example.com/%e4%2f//;a=b",
		"https://hooks.example.com/<x>":          "https://hooks.example.com/%3Cx%3E",
		"https://hooks.example.com/!$&'()*+,;=:": "https://hooks.example.com/!$&'()*+,;=:",
		"https://odata.example/x?$filter=a":      "https://odata.example/x?$filter=a",
		"https://p.example/https://a.example/x":  "https://p.example/https://a.example/x",
		"https://p.example/?u=https://a.example": "https://p.example/?u=https://a.example",
		"https://p.example/v1/jobs:run":          "https://p.example/v1/jobs:run",
		"https://static.your-server.de/yourself": "https://static.your-server.de/yourself",
		"https://p.example/a...b/~x":             "https://p.example/a...b/~x",
	} {
		got, problem := CheckURL(typed, Allow{})
		require.Nil(t, problem, typed)
		require.Equal(t, want, got)
	}
}

func TestCheckURLSaysWhatToDo(t *testing.T) {
	const mustStart = "It must start with https:// or http://."
	for _, c := range []struct{ typed, sentence, suggest string }{
		{"crm.example.com/hooks", mustStart, "https://crm.example.com/hooks"},
		{"crm.example.com:8443/x", mustStart, "https://crm.example.com:8443/x"},
		{"ftp://crm.example.com", mustStart, ""},
		{"10.0.0.5/hook", mustStart, ""},
		{"https:/crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"https//crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"https:crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"https;//crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"ttps://crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"htps://crm.example.com/x", mustStart, "https://crm.example.com/x"},
		{"hhttp://crm.example.com/x", mustStart, "http://crm.example.com/x"},
		{"httttps://crm.example.com/x", mustStart, ""},
		{"https://https://hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc"},
		{"http://http//hooks.example.com/abc", "Http:// is there twice.", "http://hooks.example.com/abc"},
		{"https://http://hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc http://hooks.example.com/abc"},
		{"https://HTTPS://hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc"},
		{"https://https:/hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc"},
		{"https://https://YOUR_DOMAIN/", "Https:// is there twice.", ""},
		{"https://a.example/xhttps://b.example/y", "Two addresses are joined here. Choose one.", "https://a.example/x https://b.example/y"},
		{"https://https/hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc"},
		{"https://https:hooks.example.com/abc", "Https:// is there twice.", "https://hooks.example.com/abc"},
		{"http://https:/hooks.example.com/abc", "Http:// is there twice.", "http://hooks.example.com/abc https://hooks.example.com/abc"},
		{"https://HTTP//8.example.com/abc", "Https:// is there twice.", "https://8.example.com/abc http://8.example.com/abc"},
		{"https://a.example/x,https://b.example/y", "Two addresses are joined here. Choose one.", "https://a.example/x https://b.example/y"},
		{"https://{domain}/hook", "Fill in {domain}, which is only a placeholder.", ""},
		{"https://{domain}.example.com/hook", "Fill in {domain}, which is only a placeholder.", ""},
		{"https://crm.example.com/abc...", "It was cut off at .... Copy all of it.", ""},
		{"https://hooks.slack.com/services/T0/B0/XXXXXXXXXXXXXXXXXXXXXXXX", "Fill in XXXXXXXXXXXXXXXXXXXXXXXX, which is only a placeholder.", ""},
		{"https://crm.example.com/x?key=xxxxxxxx&a=b", "Fill in xxxxxxxx, which is only a placeholder.", ""},
		{"https://crm.example.com/your-token-here", "Fill in your-token-here, which is only a placeholder.", ""},
		{"https://YOUR_DOMAIN/hook", "Fill in YOUR_DOMAIN, which is only a placeholder.", ""},
		{"https://your-domain.com/hook", "Fill in your-domain, which is only a placeholder.", ""},
		{"https://yourdomain.com/hook", "Fill in yourdomain, which is only a placeholder.", ""},
		{"https://crm.example.com/{{id}}", "Fill in {{id}}, which is only a placeholder.", ""},
		{"https://crm.example.com/%7B%7Bid%7D%7D", "Fill in {{id}}, which is only a placeholder.", ""},
		{"https://crm.example.com/<your-id>/x", "Fill in <your-id>, which is only a placeholder.", ""},
		{"https://crm.example.com/%3Cyour-id%3E", "Fill in <your-id>, which is only a placeholder.", ""},
		{"https://crm.example.com/x?token=$TOKEN", "Fill in $TOKEN, which is only a placeholder.", ""},
		{"https://crm.example.com/x?token=${token}", "Fill in ${token}, which is only a placeholder.", ""},
		{"https://${HOST}/", "Fill in ${HOST}, which is only a placeholder.", ""},
		{"https://$HOST/", "Fill in $HOST, which is only a placeholder.", ""},
		{"https://%HOST%/", "Fill in %HOST%, which is only a placeholder.", ""},
		{"https://crm.example.com/hooks/:id", "Fill in :id, which is only a placeholder.", ""},
		{"https://crm.example.com/x?key=YOUR-API-KEY", "Fill in YOUR-API-KEY, which is only a placeholder.", ""},
		{"https://crm.example.com/x?key=your_token", "Fill in your_token, which is only a placeholder.", ""},
		{"https://crm.example.com/x?key=API_KEY&a=b", "Fill in API_KEY, which is only a placeholder.", ""},
		{"https://crm.example.com/[your token]", "Fill in [your token], which is only a placeholder.", ""},
		{"https://crm.example.com/hooks/…", "It was cut off at …. Copy all of it.", ""},
		{"https://crm.example.com/hooks/...", "It was cut off at .... Copy all of it.", ""},
		{"https://crm.example.com/a b", "Remove the space.", "https://crm.example.com/a%20b"},
		{"https://a:b@crm.example.com/", "Remove the user name and password before the @, and put them into Custom Headers.", ""},
		{"https://crm.example.com/a#b", "Remove the part from # on.", "https://crm.example.com/a"},
		{"https://hooks.example.com/x?token=ab#cd", "Remove the part from # on, or write # as %23 if it belongs to a value.", "https://hooks.example.com/x?token=ab https://hooks.example.com/x?token=ab%23cd"},
		{"https://webhook.site/#!/view/0f8fad5b-d9cb-469f-a165-70867728950e", "An address with #! is a page for people. Copy the webhook address that the page shows.", ""},
		{"https://app.example.com/#/hooks/1", "An address with #/ is a page for people. Copy the webhook address that the page shows.", ""},
		{"https://crm.example.com/%zz", "A % in it must be followed by two hexadecimal digits.", ""},
		{"https://hooks.example.com/abc\u200b", "Remove a zero-width space (U+200B) at character 30.", "https://hooks.example.com/abc"},
		{"\u202ahttps://hooks.example.com/abc\u202c", mustStart, ""},
		{"https://hooks.example.com/a\u00adbc", "Remove a soft hyphen (U+00AD) at character 28.", "https://hooks.example.com/abc"},
		{"https://hooks.exam\u200bple.com/", "Remove a zero-width space (U+200B) at character 19.", "https://hooks.example.com/"},
		{"https://hooks.example.com/a\u00a0b", "Remove a no-break space (U+00A0) at character 28.", "https://hooks.example.com/ab"},
		{"https://hooks.example.com/" + strings.Repeat("ü", 400), "It may have at most 2,048 characters.", ""},
		{"http://10.0.0.5/", "10.0.0.5 is inside a private network, so ioZen can't send to it. Ask your administrator to allow it: IOZEN_ALLOW_TARGETS=10.0.0.5/32", ""},
		{"http://localhost:3000/", "The name localhost has a meaning only inside this server's own network, so ioZen can't send to it. Ask your administrator to allow it: IOZEN_ALLOW_TARGETS=localhost", ""},
		{"", "Enter a URL.", ""},
	} {
		_, problem := CheckURL(c.typed, Allow{})
		require.NotNil(t, problem, c.typed)
		require.Equal(t, c.sentence, problem.Sentence(), c.typed)
		require.Equal(t, c.suggest, strings.Join(problem.Suggest, " "), c.typed)
	}
}

// Whatever is stored goes out as it is stored: net/url finds nothing to escape in it.
func TestAStoredURLIsSentByteForByte(t *testing.T) {
	for c := rune(' ' + 1); c < 0x100; c++ {
		for _, tail := range []string{"/a%2Fb/" + string(c) + "x", "/?q=" + string(c)} {
			checked, problem := CheckURL("https://hooks.example.com"+tail, Allow{})
			if problem != nil {
				require.Contains(t, []string{"fragment", "bad-url", "invisible", "placeholder"}, problem.Code, tail)
				continue
			}
			u, err := url.Parse(checked)
			require.NoError(t, err)
			require.Equal(t, strings.TrimPrefix(checked, "https://hooks.example.com"), u.RequestURI())
		}
	}
}

func TestURLRemarksTellWhatIsNotAsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"https://hooks.example.com/abc":          "",
		"HTTPS://hooks.example.com/a%20b":        "",
		"https://hooks.example.com/abc\u200b":    "Taken out: a zero-width space (U+200B).",
		"\u202ahttps://hooks.example.com/\u202c": "Taken out: a text direction mark (U+202A) and a text direction mark (U+202C).",
		"https://hooks.example.com/|":            "Characters that a URL can't hold are escaped. It is sent as https://hooks.example.com/%7C",
		"https://hooks.example.com/ü":            "Characters that a URL can't hold are escaped. It is sent as https://hooks.example.com/%C3%BC",
		"https://hooks.example.com/?a=1&amp;b=2": "It has &amp; in it, as the source of a web page does. A plain & is probably meant.",
		"https://hooks.example.com/{tenant}":     "If {tenant} is a placeholder, fill it in. Characters that a URL can't hold are escaped. It is sent as https://hooks.example.com/%7Btenant%7D",
	} {
		checked, problem := CheckURL(VisibleURL(typed), Allow{})
		require.Nil(t, problem)
		require.Equal(t, want, strings.Join(URLRemarks(typed, checked), " "), "%+q", typed)
	}
}

func TestAllowedTargetsPassTheSaveCheck(t *testing.T) {
	allow, err := ParseAllow("127.0.0.0/8, ::1/128, localhost")
	require.NoError(t, err)
	for _, ok := range []string{"http://127.0.0.1:8090/", "http://[::1]:8090/", "http://localhost:8090/x"} {
		_, problem := CheckURL(ok, allow)
		require.Nil(t, problem, ok)
	}
	_, problem := CheckURL("http://db:5432/", allow)
	require.NotNil(t, problem)
}

func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"https://a.example/x?y#z", "http://[::1%25lo]:1/", "http:\\\\x", "https://①.①.①.①/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checked, problem := CheckURL(text, Allow{})
		if problem != nil {
			require.NotEmpty(t, problem.Sentence())
			return
		}
		again, problem := CheckURL(checked, Allow{})
		require.Nil(t, problem)
		require.Equal(t, checked, again)
	})
}
