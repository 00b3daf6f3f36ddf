package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnOriginHasOneSpelling(t *testing.T) {
	const here = "https://crm.example/hook"
	for url, same := range map[string]bool{
		"https://crm.example":                  true,
		"https://crm.example/":                 true,
		"https://crm.example/other?x=1#top":    true,
		"https://crm.example:443/hook":         true,
		"HTTPS://CRM.Example/hook":             true,
		"https://user:pw@crm.example/hook":     true,
		"http://crm.example/hook":              false,
		"http://crm.example:443/hook":          false,
		"https://crm.example:8443/hook":        false,
		"https://crm.example:80/hook":          false,
		"https://crm.example./hook":            false,
		"https://www.crm.example/hook":         false,
		"https://crm.example.evil.test/hook":   false,
		"https://evil.test/crm.example":        false,
		"https://evil.test/?u=//crm.example":   false,
		"https://crm.example@evil.test/hook":   false,
		"https://crm-example/hook":             false,
		"https://[2001:db8::1]/hook":           false,
		"https://192.0.2.1/hook":               false,
		"https://crm.examp1e/hook":             false,
		"":                                     false,
		"/hook":                                false,
		"https://crm.example:bad/hook":         false,
		"https://crm.example%2eevil.test/":     false,
		"https://crm.example\\@evil.test/hook": false,
	} {
		require.Equal(t, same, Origin(here) == Origin(url), url)
	}
}
