package sender

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// URLProblem is why a text cannot be a webhook's URL. Nothing is resolved to find it.
type URLProblem struct {
	Code    string // the rule, for machines: bad-url, private, …
	Message string // a clause: "it must start with https:// or http://"
	Suggest string // a URL that would do, "" when there is none
}

// Sentence is the message as a sentence of its own.
func (p URLProblem) Sentence() string {
	s := strings.ToUpper(p.Message[:1]) + p.Message[1:]
	if strings.Contains(s, allowVariable) {
		return s // ends with a line to copy
	}
	return s + "."
}

const (
	allowVariable = "IOZEN_ALLOW_TARGETS"
	maxURL        = 2048
)

// CheckURL says whether a webhook may have this URL, by its text alone, and returns the form to store:
// scheme and host in lower case, the host in ASCII, no default port; path and query stay as typed.
func CheckURL(text string, allow Allow) (string, *URLProblem) {
	text = strings.TrimSpace(text)
	scheme, rest, problem := checkScheme(text)
	if problem != nil {
		return "", problem
	}
	authority, tail := splitAuthority(rest)
	if problem := checkShape(text, scheme, authority, tail); problem != nil {
		return "", problem
	}
	host, port, problem := splitHostPort(authority)
	if problem != nil {
		return "", problem
	}
	if host, problem = checkHost(host, allow); problem != nil {
		return "", problem
	}
	if port, problem = checkPort(scheme, port); problem != nil {
		return "", problem
	}
	checked := scheme + "://" + host + port + escapeNonASCII(tail)
	if _, err := url.Parse(checked); err != nil {
		return "", &URLProblem{Code: "bad-url", Message: "a % in it must be followed by two hexadecimal digits"}
	}
	return checked, nil
}

// checkScheme takes the scheme off and refuses texts that no absolute http URL starts like.
func checkScheme(text string) (scheme, rest string, problem *URLProblem) {
	switch {
	case text == "":
		return "", "", &URLProblem{Code: "bad-url", Message: "enter a URL"}
	case utf8.RuneCountInString(text) > maxURL:
		return "", "", &URLProblem{Code: "too-long", Message: "it may have at most 2,048 characters"}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", "", &URLProblem{Code: "bad-url", Message: "it holds a control character"}
	}
	scheme, rest, found := strings.Cut(text, ":")
	scheme = strings.ToLower(scheme)
	if found && (scheme == "http" || scheme == "https") && strings.HasPrefix(rest, "//") {
		return scheme, rest[len("//"):], nil
	}
	const message = "it must start with https:// or http://"
	if found && isScheme(scheme) && !startsWithDigit(rest) { // host:8080/… is no scheme
		if scheme == "http" || scheme == "https" {
			return "", "", &URLProblem{Code: "bad-url", Message: message}
		}
		return "", "", &URLProblem{Code: "bad-scheme", Message: message}
	}
	return "", "", &URLProblem{Code: "bad-url", Message: message, Suggest: suggestScheme(text)}
}

// suggestScheme puts https:// before a text that would then be fine.
func suggestScheme(text string) string {
	candidate := "https://" + strings.TrimLeft(text, "/")
	if checked, problem := CheckURL(candidate, Allow{}); problem == nil {
		return checked
	}
	return ""
}

func isScheme(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-") == ""
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func splitAuthority(rest string) (authority, tail string) {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

// checkShape refuses the tricks that make two parsers see two hosts.
func checkShape(text, scheme, authority, tail string) *URLProblem {
	switch {
	case authority == "":
		return &URLProblem{Code: "bad-url", Message: "it has no host"}
	case strings.Contains(authority, `\`):
		return badHostChar(`\`)
	case strings.Contains(authority, "@"):
		return &URLProblem{Code: "userinfo", Message: "it must not hold a user name or password before the host; put credentials into Custom Headers"}
	case strings.Contains(text, "#"):
		without, _, _ := strings.Cut(text, "#")
		return &URLProblem{Code: "fragment", Message: "it must not hold a #", Suggest: suggestIfFine(without)}
	case strings.Contains(tail, " "):
		fixed := scheme + "://" + authority + strings.ReplaceAll(tail, " ", "%20")
		return &URLProblem{Code: "bad-url", Message: "it must not hold a space", Suggest: suggestIfFine(fixed)}
	}
	return nil
}

func suggestIfFine(text string) string {
	if checked, problem := CheckURL(text, Allow{}); problem == nil {
		return checked
	}
	return ""
}

func badHostChar(char string) *URLProblem {
	return &URLProblem{Code: "bad-host-char", Message: "the host must not hold " + quoteChar(char)}
}

func quoteChar(char string) string {
	if char == " " {
		return "a space"
	}
	return char
}

// escapeNonASCII percent-encodes what may not travel raw; everything else goes out as typed.
func escapeNonASCII(tail string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(tail) {
		if c := tail[i]; c < 0x80 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
