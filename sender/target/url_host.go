package target

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// splitHostPort splits host[:port] and [v6][:port]; a host in brackets keeps them.
func splitHostPort(authority string) (host, port string, problem *URLProblem) {
	bracket := &URLProblem{Code: "bad-bracket", Message: "only an IPv6 address stands in brackets, such as https://[2001:db8::1]/"}
	end := strings.LastIndexByte(authority, ']')
	switch {
	case strings.HasPrefix(authority, "[") && end > 0:
		host, port = authority[:end+1], authority[end+1:]
		if port != "" && port[0] != ':' {
			return "", "", bracket
		}
		return host, strings.TrimPrefix(port, ":"), nil
	case strings.ContainsAny(authority, "[]"), strings.Count(authority, ":") > 1:
		return "", "", bracket
	}
	host, port, _ = strings.Cut(authority, ":")
	return host, port, nil
}

// checkPort returns ":8443", or "" for the scheme's own port.
func checkPort(scheme, port string) (string, *URLProblem) {
	if port == "" {
		return "", nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || strings.Trim(port, "0123456789") != "" {
		return "", &URLProblem{Code: "bad-port", Message: "the port must be a number from 1 to 65535"}
	}
	port = strconv.FormatUint(number, 10)
	switch {
	case badPorts[port]:
		return "", &URLProblem{Code: ruleBadPort, Message: "port " + port + " belongs to another service; webhooks may not be sent there"}
	case scheme == "http" && number == 80, scheme == "https" && number == 443:
		return "", nil
	}
	return ":" + port, nil
}

// checkHost returns the host to store, or which rule its text breaks.
func checkHost(host string, allow Allow) (string, *URLProblem) {
	if strings.HasPrefix(host, "[") {
		return checkIPv6(host[1:len(host)-1], allow)
	}
	if strings.Contains(host, "%") {
		return "", &URLProblem{Code: "percent-in-host", Message: "the host must not hold a %"}
	}
	if i := strings.IndexFunc(host, isBadHostRune); i >= 0 {
		return "", badHostChar(string([]rune(host[i:])[0]))
	}
	ascii, err := idna.Lookup.ToASCII(strings.ToLower(host))
	if isASCII(host) { // as net/http does: _ is fine in a name that needs no mapping
		ascii, err = strings.ToLower(host), nil
	}
	if err != nil {
		return "", &URLProblem{Code: "bad-host", Message: "the host is not a valid name"}
	}
	checked, problem := checkASCIIHost(ascii, allow)
	if mapped := !isASCII(host); mapped && (endsInNumber(ascii) || problem != nil && problem.Code == "local-name") {
		return "", &URLProblem{Code: "idna-to-ip", Message: "the host is another way to write " + ascii}
	}
	return checked, problem
}

// checkASCIIHost checks a host as the dialer would see it.
func checkASCIIHost(host string, allow Allow) (string, *URLProblem) {
	if endsInNumber(host) {
		addr, err := netip.ParseAddr(host)
		if err != nil { // 127.1, 0x7f.1, 2130706433: parsers differ, so no one is asked
			return "", &URLProblem{Code: "ipv4-notation", Message: "an address must be written as four numbers, such as 203.0.113.7"}
		}
		return host, checkLiteral(addr, allow)
	}
	host = strings.TrimSuffix(host, ".")
	if len(host) > 253 {
		return "", &URLProblem{Code: "bad-host", Message: "the host is too long for a name"}
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 {
			return "", &URLProblem{Code: "bad-host", Message: "the host is not a valid name"}
		}
	}
	if isLocalName(host) && !allow.allowsHost(host) {
		return "", &URLProblem{Code: "local-name", Message: "the name " + host + " has a meaning only inside this server's own network, so ioZen can't send to it" + allowLine(host)}
	}
	return host, nil
}

func checkIPv6(text string, allow Allow) (string, *URLProblem) {
	bare, _, zoned := strings.Cut(text, "%")
	addr, err := netip.ParseAddr(bare)
	switch isV6 := err == nil && addr.Is6(); {
	case zoned && isV6:
		return "", &URLProblem{Code: RuleV6Zone, Message: "the address must not hold a zone (%)"}
	case zoned:
		return "", &URLProblem{Code: "percent-in-host", Message: "the host must not hold a %"}
	case !isV6:
		return "", &URLProblem{Code: "bad-bracket", Message: "what stands in brackets is not an IPv6 address"}
	case addr.Is4In6(): // not a second way in: an allowed or public IPv4 address has its own notation
		return "", &URLProblem{Code: ruleV4InV6, Message: "write the address as " + addr.Unmap().String()}
	}
	return "[" + addr.String() + "]", checkLiteral(addr, allow)
}

func checkLiteral(addr netip.Addr, allow Allow) *URLProblem {
	rule := addrRule(addr)
	if rule == "" || allow.allowsAddr(addr) {
		return nil
	}
	blocked := BlockedError{Addr: addr, Rule: rule}
	return &URLProblem{
		Code:    rule,
		Message: addr.String() + " is inside " + RuleWords(rule) + ", so ioZen can't send to it" + allowLine(blocked.AllowEntry()),
	}
}

// allowLine says who can allow an address, and how.
func allowLine(entry string) string {
	return ". Ask your administrator to allow it: " + AllowVariable + "=" + entry
}

// localSuffixes have a meaning only inside some network, or will never be in public DNS (RFC 6761, 6762, 8375, 9476).
var localSuffixes = []string{
	"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan",
	"home.arpa", "svc",
}

// isLocalName also refuses single labels: search domains and hosts files decide what they mean.
func isLocalName(host string) bool {
	if !strings.Contains(host, ".") {
		return true
	}
	for _, suffix := range localSuffixes {
		if strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	return false
}

// endsInNumber is the URL standard's test for "this is meant as an IPv4 address".
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// isBadHostRune refuses characters that host names do not have; beyond ASCII, idna decides.
func isBadHostRune(r rune) bool {
	isName := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
	return !isName && r < 0x80
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
