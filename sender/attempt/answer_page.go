package attempt

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
)

// prologue is what may stand before a page's first element: a declaration of XML, comments.
var prologue = regexp.MustCompile(`^(\s|<\?[^>]*\?>|<!--(?s:.*?)-->)+`)

// isPage recognizes a web page, whatever its Content-Type.
func isPage(resp *http.Response, body []byte) bool {
	head := body[:min(len(body), 1024)]
	head = bytes.TrimPrefix(head, prologue.Find(head))
	kind := strings.ToLower(resp.Header.Get("Content-Type"))
	return hasPrefixFold(head, "<!doctype html") || hasPrefixFold(head, "<html") ||
		bytes.HasPrefix(head, []byte("<")) && (strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml"))
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// wordsIn is a body as plain words: lower case, entities read, one space between two.
func wordsIn(body []byte) string {
	text := html.UnescapeString(string(body[:min(len(body), 8<<10)]))
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(text, "’", "'")), " "))
}

func saysAny(body []byte, phrases []string) bool {
	words := wordsIn(body)
	for _, p := range phrases {
		if strings.Contains(words, p) {
			return true
		}
	}
	return false
}

// httpsWords are what servers say to plain HTTP on their port of HTTPS (fault matrix R12).
var httpsWords = []string{
	"http request to an https server",                // Go, Caddy
	"plain http request was sent to https port",      // nginx
	"speaking plain http to an ssl-enabled server",   // Apache
	"speaking plain http to a tls-enabled server",    //
	"this combination of host and port requires tls", // Tomcat
	"must be viewed over a secure channel",           // IIS
	"requires a secure channel",                      //
	"403.4 - forbidden", "ssl is required to view this resource",
	"plain text on ssl port", "http request on https port", // Jetty, Undertow
	"accessing an https port with http", "http request was sent to an https", "instead use the https scheme",
}

// wantsHTTPS are the words of programs that take nothing over plain HTTP.
var wantsHTTPS = regexp.MustCompile(`\b(?:https|ssl|tls)(?: connection)?[ _](?:is )?(?:required|only)\b|\b(?:requires?|please use|use|must use|only over|only via) (?:https|ssl|tls)\b`)

// saysHTTPS says whether the answer to plain HTTP is that HTTPS is wanted.
func saysHTTPS(resp *http.Response, body []byte) bool {
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusUpgradeRequired, 497: // nginx
		wanted := resp.StatusCode == 497 || strings.Contains(strings.ToLower(resp.Header.Get("Upgrade")), "tls/") ||
			saysAny(body, httpsWords) || wantsHTTPS.MatchString(wordsIn(body))
		return resp.TLS == nil && wanted
	}
	return false
}

// certificateWords are what servers say when a client certificate is missing.
var certificateWords = []string{
	"no required ssl certificate was sent", "no required tls certificate was sent", "client certificate required", "requires a client certificate",
	"client certificate is required", "client certificate is missing", "no client certificate", "403.7 - forbidden", "ssl client certificate",
}

// saysCertificate says whether the answer is that a client certificate is wanted. wanted: the handshake asked for one.
func saysCertificate(resp *http.Response, body []byte, wanted bool) bool {
	switch resp.StatusCode {
	case 495, 496: // nginx
		return true
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return saysAny(body, certificateWords) || wanted && saysAny(body, []string{"certificate"})
	}
	return false
}

// isChallenge recognizes Cloudflare's browser check.
func isChallenge(resp *http.Response, body []byte) bool {
	if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusServiceUnavailable {
		return false
	}
	cloudflare := strings.EqualFold(resp.Header.Get("Server"), "cloudflare") || resp.Header.Get("Cf-Ray") != ""
	return strings.EqualFold(resp.Header.Get("Cf-Mitigated"), "challenge") ||
		cloudflare && saysAny(body, []string{"just a moment", "challenge-platform", "attention required!", "checking your browser", "cf-chl"})
}

// saysFailed recognizes a 2xx answer whose body says that it failed: {"ok":false}, {"error":"…"}, "delivery failed".
func saysFailed(body []byte) bool {
	text := bytes.TrimSpace(body)
	if len(text) == 0 {
		return false
	}
	if text[0] != '{' {
		return len(text) <= 1024 && text[0] != '<' && text[0] != '[' && saysAny(text, []string{"delivery failed", "not delivered", "delivery error"})
	}
	var said map[string]json.RawMessage
	if json.Unmarshal(text, &said) != nil {
		return false
	}
	for key, raw := range said {
		value := strings.ToLower(strings.Trim(string(raw), `" `))
		switch strings.ToLower(key) {
		case "ok", "success", "succeeded", "delivered":
			if value == "false" {
				return true
			}
		case "error", "errors":
			switch value {
			case "", "null", "false", "0", "[]", "{}", "none":
			default:
				return true
			}
		case "status", "result":
			switch value {
			case "error", "failed", "failure", "fail":
				return true
			}
		}
	}
	return false
}
