package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
	"golang.org/x/net/idna"
)

// A setting that means something else than what it seems to say is refused at the start. Each function here judges one
// kind; what it returns ends with a good example.

// number is a whole number in the digits that people write: no 0x10, no 010 for eight, no 1e3.
type number int

// UnmarshalText reads digits alone.
func (n *number) UnmarshalText(text []byte) error {
	digits := strings.TrimPrefix(string(text), "-")
	value, err := strconv.Atoi(string(text))
	if err != nil || digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 1 && digits[0] == '0' {
		return fmt.Errorf("%q is not a whole number. Write digits alone, such as 30", text)
	}
	*n = number(value)
	return nil
}

// within refuses a number outside its bounds. Neither 0 nor -1 means "without bound" or "the default".
func (n number) within(least, most, example int) error {
	if int(n) < least || int(n) > most {
		return fmt.Errorf("%d is not between %d and %d. Write a number such as %d", n, least, most, example)
	}
	return nil
}

// checkPublicURL takes what a browser shows as the origin of a page, exactly: it is compared with what browsers send, and
// everything that people are given to click begins with it.
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

// shown is a text without what could be a password in it.
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

// checkAddr takes host:port for a listener; "" is for those that need not be.
func checkAddr(text, example string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		var n int
		if n, err = strconv.Atoi(port); err == nil && (n < 0 || n > 65535) {
			err = errors.New("no such port")
		}
	}
	if err != nil || strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("%q is no address to listen on. Write host:port, such as %s", text, example)
	}
	return nil
}

// parseProxies reads addresses and CIDRs, comma separated.
func parseProxies(text string) (proxies []netip.Prefix, err error) {
	for _, entry := range strings.Split(text, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(entry)
		if addr, addrErr := netip.ParseAddr(entry); addrErr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || prefix.Addr().Is4In6() || prefix != prefix.Masked() {
			return nil, fmt.Errorf("%q is neither an address nor a CIDR. Write the proxy's, such as 127.0.0.1 or 10.0.0.0/24", entry)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

// everybody says whether a list holds a network that is most of the Internet.
func everybody(entries []string) bool {
	for _, entry := range entries {
		if prefix, err := netip.ParsePrefix(entry); err == nil && prefix.Bits() < 4 {
			return true
		}
	}
	return false
}

// longestSecret is more than any secret that we take from a file.
const longestSecret = 64 << 10

// secretOf reads a secret from its variable or from a file; flags would show it to everyone who lists processes.
func secretOf(variable, file string) (string, error) {
	value := os.Getenv(variable)
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", &usageError{variable, fmt.Errorf("is set, and %s_FILE too. Set one of them", variable)}
	}
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > longestSecret) {
		err = fmt.Errorf("%s is not a plain file of less than %d KiB", file, longestSecret>>10)
	}
	if err != nil {
		return "", &usageError{variable + "_FILE", err}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", &usageError{variable + "_FILE", err}
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// strayVariables are names of variables that look like settings and are none.
type strayVariables []string

// secretVariables have no flag of their own: flags are seen by everyone who lists processes.
var secretVariables = []string{"IOZEN_SMTP_URL", "IOZEN_RECEIVE_SECRET"}

// strayIn finds what is set and read by no command: IOZEN_PUBLICURL would otherwise be as good as nothing, in silence. It is
// no mistake that ends the start: Kubernetes sets names of its own for a service that is called iozen.
func strayIn(environ []string, app *kong.Application) (stray strayVariables) {
	known := map[string]bool{}
	for _, name := range secretVariables {
		known[name] = true
	}
	for _, command := range app.Leaves(false) {
		for _, flag := range command.Flags {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
	}
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(strings.ToUpper(name), "IOZEN_") && !known[name] {
			stray = append(stray, name)
		}
	}
	slices.Sort(stray)
	return stray
}
