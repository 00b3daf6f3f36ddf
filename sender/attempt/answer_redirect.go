package attempt

import (
	"net/url"
	"regexp"
	"strings"

	"iozen/sender/outcome"
	"iozen/sender/target"
)

var (
	signInHost = regexp.MustCompile(`(?i)^(log-?in|log-?on|sign-?in|accounts?|auth|sso|idp|id|identity)\.`)
	signInPath = regexp.MustCompile(`(?i)(^|[/._-])(log[-_]?in|log[-_]?on|sign[-_]?in|anmelden|anmeldung|connexion|iniciar[-_]?sesion|acceso|accedi|inloggen|logga[-_]?in|logowanie|entrar|sso|saml2?|oauth2?|openid|authorize|authenticate|servicelogin|sessions?/new)([/._-]|$)`)
)

// redirectMeaning judges where an answer from one URL leads.
func redirectMeaning(from, to *url.URL) string {
	switch {
	case withoutFragment(to) == withoutFragment(from):
		return outcome.RedirectSelf
	case isMove(from, to):
		return outcome.RedirectMove
	case signInHost.MatchString(to.Hostname()) || signInPath.MatchString(to.Path):
		return outcome.RedirectSignIn
	case strings.EqualFold(from.Hostname(), "script.google.com") && strings.EqualFold(to.Hostname(), "script.googleusercontent.com"):
		return outcome.RedirectRan
	}
	return ""
}

// withoutFragment is a URL as it is requested: without the fragment, and without a ? that nothing follows.
func withoutFragment(u *url.URL) string {
	bare := *u
	bare.Fragment, bare.RawFragment, bare.ForceQuery = "", "", false
	return bare.String()
}

// isMove compares what is left without scheme, www and a last slash. Another scheme has another port.
func isMove(from, to *url.URL) bool {
	bare := func(u *url.URL) string {
		return strings.TrimPrefix(target.FoldHost(u.Hostname()), "www.") + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery
	}
	return bare(from) == bare(to) && (from.Scheme != to.Scheme || portOf(from) == portOf(to))
}
