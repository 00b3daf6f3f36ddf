package handlers

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyNamedProxiesAreBelieved(t *testing.T) {
	ta := newTestApp(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for name, c := range map[string]struct {
		remote, forwardedFor, proto string
		ip, scheme                  string
	}{
		"no proxy":                         {"198.51.100.7:1", "", "", "198.51.100.7", "http"},
		"a visitor who plays the proxy":    {"198.51.100.7:1", "192.0.2.9", "https", "198.51.100.7", "http"},
		"a neighbour who plays the proxy":  {"192.168.0.7:1", "192.0.2.9", "https", "192.168.0.7", "http"},
		"loopback is no proxy by itself":   {"127.0.0.1:1", "192.0.2.9", "https", "127.0.0.1", "http"},
		"the proxy":                        {"10.1.2.3:1", "192.0.2.9", "https", "192.0.2.9", "https"},
		"the proxy, IPv6":                  {"[fd00::1]:1", "2001:db8::9", "https", "2001:db8::9", "https"},
		"the proxy, after two others":      {"10.1.2.3:1", "203.0.113.1, 192.0.2.9, 10.9.9.9", "https", "192.0.2.9", "https"},
		"the proxy, a visitor made one up": {"10.1.2.3:1", "127.0.0.1, 192.0.2.9", "https", "192.0.2.9", "https"},
		"the proxy, by plain HTTP":         {"10.1.2.3:1", "192.0.2.9", "http", "192.0.2.9", "http"},
		"the proxy, nonsense":              {"10.1.2.3:1", "192.0.2.9", "javascript", "192.0.2.9", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, testHost+"/", nil)
			r.RemoteAddr = c.remote
			r.Header.Set("X-Forwarded-For", c.forwardedFor)
			r.Header.Set("X-Forwarded-Proto", c.proto)
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Real-Ip", "192.0.2.66")
			ctx := ta.router.NewContext(r, httptest.NewRecorder())
			require.Equal(t, c.ip, ctx.RealIP())
			require.Equal(t, c.scheme+"://127.0.0.1:8080", ta.baseURL(ctx))
		})
	}
}

func TestWithoutAProxyNobodyIsBelieved(t *testing.T) {
	ta := newTestApp(t)
	r := httptest.NewRequest(http.MethodGet, testHost+"/", nil)
	r.Header.Set("X-Forwarded-For", "192.0.2.9")
	r.Header.Set("X-Forwarded-Proto", "https")
	ctx := ta.router.NewContext(r, httptest.NewRecorder())
	require.Equal(t, "192.0.2.1", ctx.RealIP())
	require.Equal(t, testHost, ta.baseURL(ctx))
}

func TestTheOperatorIsWarnedOnceOfAProxyThatIsNotTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		peers []string
		send  map[string]string
		want  []string // what the lines say to set
	}{
		"no proxy":                  {[]string{"10.1.2.3:1"}, nil, nil},
		"one, many times":           {[]string{"10.1.2.3:1", "10.1.2.3:2", "10.1.2.3:3"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"10.1.2.3/32"}},
		"by loopback":               {[]string{"127.0.0.1:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"127.0.0.1/32"}},
		"by loopback, mapped":       {[]string{"[::ffff:127.0.0.1]:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"127.0.0.1/32"}},
		"IPv6":                      {[]string{"[2001:db8::1]:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"2001:db8::1/128"}},
		"link-local":                {[]string{"[fe80::1%eth0]:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"fe80::1/128"}},
		"the newer header":          {[]string{"10.1.2.3:1"}, map[string]string{"Forwarded": "for=192.0.2.9"}, []string{"10.1.2.3/32"}},
		"the one that is trusted":   {[]string{"192.168.7.7:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, nil},
		"two":                       {[]string{"10.1.2.3:1", "10.1.2.4:1"}, map[string]string{"X-Forwarded-For": "192.0.2.9"}, []string{"10.1.2.3/32", "10.1.2.4/32"}},
		"many strangers":            {[]string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", "192.0.2.4:1", "192.0.2.5:1"}, map[string]string{"X-Forwarded-For": "1.1.1.1"}, []string{"192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"}},
		"a peer without an address": {[]string{"@"}, map[string]string{"X-Forwarded-For": "1.1.1.1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			ta := newTestApp(t, func(c *Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}
			})
			for _, peer := range c.peers {
				for _, path := range []string{"/signin", "/v1/bots", "/healthz"} {
					r := httptest.NewRequest(http.MethodGet, testHost+path, nil)
					r.RemoteAddr = peer
					for header, value := range c.send {
						r.Header.Set(header, value)
					}
					ta.do(r)
				}
			}
			require.Equal(t, len(c.want), strings.Count(log.String(), "is not believed"), log.String())
			for _, prefix := range c.want {
				require.Contains(t, log.String(), "IOZEN_TRUSTED_PROXIES="+prefix)
			}
			require.NotContains(t, log.String(), "192.0.2.9", "what was claimed is not in the log")
		})
	}
}
