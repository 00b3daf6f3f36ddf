package settings

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePublicURLIsWhatBrowsersCallIt(t *testing.T) {
	for _, good := range []string{
		"https://hooks.example.com", "http://hooks.example.com", "https://hooks.example.com:8443", "http://127.0.0.1:8080",
		"http://[::1]:8080", "https://xn--bcher-kva.example", "http://iozen", "http://localhost:8080", "https://a-b.example.co.uk",
		"http://10.0.0.7", "https://hooks.example.com:80",
	} {
		require.NoError(t, checkPublicURL(good))
	}
	for bad, example := range map[string]string{
		"hooks.example.com":                 "https://hooks.example.com",
		"hooks.example.com:8080":            "https://hooks.example.com",
		"//hooks.example.com":               "https://hooks.example.com",
		"localhost:8080":                    "https://hooks.example.com",
		"HTTPS://hooks.example.com":         "https://hooks.example.com",
		"Https://hooks.example.com":         "https://hooks.example.com",
		"ftp://hooks.example.com":           "https://hooks.example.com",
		"ws://hooks.example.com":            "https://hooks.example.com",
		"javascript:alert(1)":               "https://hooks.example.com",
		"https://":                          "https://hooks.example.com",
		"https:///path":                     "https://hooks.example.com",
		"https://:8443":                     "https://hooks.example.com",
		"https:hooks.example.com":           "https://hooks.example.com",
		"https://https://hooks.example.com": "https://https",
		"https://hooks.acme.example/":       "https://hooks.acme.example",
		"https://hooks.acme.example/iozen":  "https://hooks.acme.example",
		"https://hooks.acme.example?x=1":    "https://hooks.acme.example",
		"https://hooks.acme.example#x":      "https://hooks.acme.example",
		"https://hooks.acme.example:443":    "https://hooks.acme.example",
		"http://hooks.acme.example:80":      "http://hooks.acme.example",
		"https://Hooks.Acme.example":        "https://hooks.acme.example",
		"https://bücher.example":            "https://xn--bcher-kva.example",
		"https://hooks.acme.example:":       "https://hooks.acme.example",
		"https://hooks.acme.example:0":      "https://hooks.example.com",
		"https://hooks.acme.example:99999":  "https://hooks.example.com",
		"https://hooks.acme.example:08443":  "https://hooks.example.com",
		"https://hooks.acme.example:https":  "https://hooks.example.com",
		"https://hooks.acme.example.":       "https://hooks.example.com",
		"https://*.acme.example":            "https://hooks.example.com",
		"https://hooks acme.example":        "https://hooks.example.com",
		" https://hooks.acme.example":       "https://hooks.example.com",
		"https://hooks.acme.example\r":      "https://hooks.example.com",
		"https://hooks.acme.example\n":      "https://hooks.example.com",
		"https://user:pw123@acme.example":   "https://hooks.example.com",
		"http://0.0.0.0:8080":               "https://hooks.example.com",
		"http://[::]:8080":                  "https://hooks.example.com",
		"http://::1:8080":                   "https://hooks.example.com",
		"http://127.1:8080":                 "https://hooks.example.com",
		"http://2130706433":                 "https://hooks.example.com",
		"http://[::ffff:10.0.0.1]":          "https://hooks.example.com",
		"http://[FE80::1]":                  "http://[fe80::1]",
		"\"https://hooks.acme.example\"":    "https://hooks.example.com",
	} {
		err := checkPublicURL(bad)
		require.ErrorContains(t, err, example, "%q", bad)
		require.NotContains(t, err.Error(), "pw123")
	}
}
