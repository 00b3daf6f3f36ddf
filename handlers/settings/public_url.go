package settings

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// checkPublicURL accepts exactly what a browser shows as the origin of a page: it is compared with what browsers send, and
// every link that people get begins with it.
func checkPublicURL(text string) error {
	wrong := func(what, example string) error {
		return fmt.Errorf("%q %s. Write it as %s", shown(text), what, example)
	}
	const example = "https://hooks.example.com"
	u, err := url.Parse(text)
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return wrong("holds a space or control character", example)
	case err != nil || !strings.Contains(text, "://"):
		return wrong("is no address with https:// or http:// before it", example)
	case !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://"):
		return wrong("must begin with https:// or http://, in small letters", example)
	case u.Host == "" || u.Hostname() == "":
		return wrong("names no host", example)
	case u.User != nil:
		return wrong("holds a user name", example)
	}
	host, err := originHost(u)
	switch origin := u.Scheme + "://" + host; {
	case err != nil:
		return wrong("has no host that a browser can reach ("+err.Error()+")", example)
	case text != origin:
		return wrong("is not what browsers call this server", origin)
	}
	return nil
}

// shown is a text without anything that could be a password.
func shown(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		return "…" + text[i:]
	}
	return text
}

// originHost is host and port as browsers write them in an origin.
func originHost(u *url.URL) (string, error) {
	host, port := u.Hostname(), u.Port()
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.IsUnspecified() || addr.IsMulticast() || addr.Zone() != "" || addr.Is4In6() {
			return "", errors.New("this address is no single machine's")
		}
		host = addr.String()
		if addr.Is6() {
			host = "[" + host + "]"
		}
	} else {
		if host, err = idna.Lookup.ToASCII(host); err != nil || strings.HasSuffix(host, ".") {
			return "", errors.New("not a host name")
		}
		if last := host[strings.LastIndex(host, ".")+1:]; strings.Trim(last, "0123456789") == "" {
			return "", errors.New("neither a name nor an address")
		}
	}
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return host, nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return "", errors.New("the port is not between 1 and 65535")
	}
	return host + ":" + port, nil
}
