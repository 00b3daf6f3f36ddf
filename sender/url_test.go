package sender

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/ssrftest"
)

// The text alone decides at the stage "save"; everything else is fine as a text.
func TestCheckURLOnTheSSRFCases(t *testing.T) {
	cases := ssrftest.Read(t, "testdata").Cases
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

func clipped(s string) string {
	if len(s) > 60 {
		return s[:60]
	}
	return s
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
	} {
		got, problem := CheckURL(typed, Allow{})
		require.Nil(t, problem, typed)
		require.Equal(t, want, got)
	}
}

func TestCheckURLSaysWhatToDo(t *testing.T) {
	for _, c := range []struct{ typed, sentence, suggest string }{
		{"crm.example.com/hooks", "It must start with https:// or http://.", "https://crm.example.com/hooks"},
		{"crm.example.com:8443/x", "It must start with https:// or http://.", "https://crm.example.com:8443/x"},
		{"ftp://crm.example.com", "It must start with https:// or http://.", ""},
		{"10.0.0.5/hook", "It must start with https:// or http://.", ""},
		{"https://crm.example.com/a b", "It must not hold a space.", "https://crm.example.com/a%20b"},
		{"https://crm.example.com/a#b", "It must not hold a #.", "https://crm.example.com/a"},
		{"https://crm.example.com/%zz", "A % in it must be followed by two hexadecimal digits.", ""},
		{"http://10.0.0.5/", "This address is inside a private network (10.0.0.5). The person who runs this server can allow it: IOZEN_ALLOW_TARGETS=10.0.0.5/32", ""},
		{"http://localhost:3000/", "The name localhost has a meaning only inside this server's own network. The person who runs this server can allow it: IOZEN_ALLOW_TARGETS=localhost", ""},
		{"https://${HOST}/", "The host must not hold $.", ""},
		{"", "Enter a URL.", ""},
	} {
		_, problem := CheckURL(c.typed, Allow{})
		require.NotNil(t, problem, c.typed)
		require.Equal(t, c.sentence, problem.Sentence())
		require.Equal(t, c.suggest, problem.Suggest)
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
