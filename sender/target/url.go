package target

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/text"
)

// URLProblem is why a text cannot be a webhook's URL. Nothing is resolved to find it.
type URLProblem struct {
	Code    string   // the rule, for machines: bad-url, private, …
	Message string   // a clause: "it must start with https:// or http://"
	Suggest []string // URLs that would do; several where only a person knows which is meant
}

// Sentence is the message as a sentence of its own.
func (p URLProblem) Sentence() string {
	s := strings.ToUpper(p.Message[:1]) + p.Message[1:]
	if strings.Contains(s, AllowVariable) {
		return s // ends with a line to copy
	}
	return s + "."
}

const (
	AllowVariable = "IOZEN_ALLOW_TARGETS"
	MaxURL        = 2048
)

// CheckURL says whether a webhook may have this URL, by its text alone, and returns the form to store: scheme and host in
// lower case, the host in ASCII, no default port. Path and query stay as typed, byte for byte, but for what no URL may
// hold: that is escaped (URLRemarks says so).
func CheckURL(typed string, allow Allow) (string, *URLProblem) {
	typed = strings.TrimFunc(typed, text.IsSpace)
	scheme, rest, problem := checkScheme(typed)
	if problem != nil {
		return "", problem
	}
	if problem := checkWhole(typed, scheme, rest); problem != nil {
		return "", problem
	}
	authority, tail := SplitAuthority(rest)
	if problem := checkShape(scheme, authority, tail); problem != nil {
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
	return checkLast(scheme+"://"+host+port+escapeTail(tail), typed)
}

// checkLast checks what can be checked only once all parts of a URL are valid.
func checkLast(checked, typed string) (string, *URLProblem) {
	if _, err := url.Parse(checked); err != nil {
		return "", &URLProblem{Code: "bad-url", Message: "a % in it must be followed by two hexadecimal digits"}
	}
	if len(checked) > MaxURL {
		return "", tooLong
	}
	if clean, found := cleanURL(typed); len(found) > 0 {
		at := fmt.Sprintf("remove %s at character %d", found[0], found[0].Position)
		return "", &URLProblem{Code: "invisible", Message: at, Suggest: suggestIfFine(clean)}
	}
	return checked, nil
}

var tooLong = &URLProblem{Code: "too-long", Message: "it may have at most 2,048 characters"}

// CheckTypedURL is CheckURL for a person: invisible characters are removed, which a program gets an error for (URLRemarks).
func CheckTypedURL(typed string, allow Allow) (string, *URLProblem) {
	checked, problem := CheckURL(typed, allow)
	if visible := VisibleURL(typed); problem != nil && visible != typed && problem.Code != "idna-to-ip" {
		return CheckURL(visible, allow)
	}
	return checked, problem
}

// VisibleURL is what a person sees of a URL that they typed.
func VisibleURL(typed string) string {
	clean, _ := cleanURL(strings.TrimFunc(typed, text.IsSpace))
	return strings.TrimFunc(clean, text.IsSpace)
}

// cleanURL removes invisible characters and unusual spaces, which no URL is meant to contain.
func cleanURL(typed string) (clean string, found []text.Found) {
	plain, odd := text.PlainSpaces(typed)
	if len(odd) > 0 {
		plain = strings.ReplaceAll(plain, " ", "")
	}
	clean, found = text.Strip(plain)
	return clean, append(odd, found...)
}

// checkScheme takes the scheme off and refuses texts that no absolute http URL starts like.
func checkScheme(typed string) (scheme, rest string, problem *URLProblem) {
	switch {
	case typed == "":
		return "", "", &URLProblem{Code: "bad-url", Message: "enter a URL"}
	case utf8.RuneCountInString(typed) > MaxURL:
		return "", "", tooLong
	case !utf8.ValidString(typed) || strings.ContainsFunc(typed, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", "", &URLProblem{Code: "bad-url", Message: "it holds a control character"}
	}
	scheme, rest, found := strings.Cut(typed, ":")
	scheme = strings.ToLower(scheme)
	if found && (scheme == "http" || scheme == "https") && strings.HasPrefix(rest, "//") {
		return scheme, rest[len("//"):], nil
	}
	problem = &URLProblem{Code: "bad-url", Message: "it must start with https:// or http://"}
	if found && isScheme(scheme) && !startsWithDigit(rest) && scheme != "http" && scheme != "https" { // host:8080/… is not a scheme
		problem.Code = "bad-scheme"
	}
	if problem.Suggest = suggestSlip(typed); problem.Suggest == nil && problem.Code == "bad-url" && scheme != "http" && scheme != "https" {
		problem.Suggest = suggestIfFine("https://" + strings.TrimLeft(typed, "/"))
	}
	return "", "", problem
}

func isScheme(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-") == ""
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func SplitAuthority(rest string) (authority, tail string) {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

// checkShape refuses the tricks that make two parsers see two hosts.
func checkShape(scheme, authority, tail string) *URLProblem {
	switch {
	case authority == "":
		return &URLProblem{Code: "bad-url", Message: "it has no host"}
	case strings.Contains(authority, `\`):
		return badHostChar(`\`)
	case strings.Contains(authority, "@"):
		return &URLProblem{Code: "userinfo", Message: "remove the user name and password before the @, and put them into Custom Headers"}
	case strings.Contains(tail, "#"):
		return fragmentProblem(scheme+"://"+authority, tail)
	case strings.Contains(tail, " "):
		fixed := scheme + "://" + authority + strings.ReplaceAll(tail, " ", "%20")
		return &URLProblem{Code: "bad-url", Message: "remove the space", Suggest: suggestIfFine(fixed)}
	}
	return nil
}

// suggestIfFine are those of some texts that a webhook may have, each once.
func suggestIfFine(candidates ...string) (fine []string) {
	for _, candidate := range candidates {
		checked, problem := CheckURL(candidate, Allow{})
		if problem == nil && !slices.Contains(fine, checked) {
			fine = append(fine, checked)
		}
	}
	return fine
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
