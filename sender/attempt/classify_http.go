package attempt

import (
	"regexp"
	"strconv"
	"strings"

	"iozen/sender/outcome"
)

// malformed finds what an answer that is not HTTP began with, in net/http's own words for it.
var malformed = regexp.MustCompile(`malformed HTTP (response|status code|version) ("(?:[^"\\]|\\.)*")`)

// classifyHTTP classifies answers that break the rules of HTTP, by the texts of net/http, which has no types for them.
func classifyHTTP(err error, ev evidence) (failure, bool) {
	text := err.Error()
	if ev.scheme == "http" && ev.cut && strings.HasPrefix(ev.began, "HTTP/") {
		return failure{outcome: outcome.OutcomeClosedEarly}, true
	}
	has := func(part string) bool { return strings.Contains(text, part) }
	if m := malformed.FindStringSubmatch(text); m != nil {
		return classifyMalformed(m[1], m[2], ev), true
	}
	switch {
	case strings.HasPrefix(text, "net/http: invalid header field"): // one of ours
		return failure{outcome: outcome.OutcomeCannotSend}, true
	case has("server response headers exceeded"), has("too many 1xx"), has("header list"):
		return failure{outcome: outcome.OutcomeHeaderTooLarge}, true
	case has("malformed MIME header"), has("invalid header"):
		return failure{outcome: outcome.OutcomeBrokenHeader}, true
	case has("ENHANCE_YOUR_CALM"):
		return failure{outcome: outcome.OutcomeH2Overload}, true
	case has("REFUSED_STREAM"), has("cannot retry err"), has("Request.GetBody"), has("cannot rewind body"):
		return failure{outcome: outcome.OutcomeH2Refused}, true
	case has("GOAWAY"), has("client connection lost"), has("client connection force closed"):
		return failure{outcome: outcome.OutcomeClosedEarly}, true
	case has("; received from peer") && !has("HTTP_1_1_REQUIRED"): // RST_STREAM instead of an answer
		return failure{outcome: outcome.OutcomeH2Failed, detail: map[string]string{"error": clip(text, 200)}}, true
	case has("stream error"), has("http2: "), has("looked like an HTTP/1.1 header"), has("connection error: "):
		return failure{outcome: outcome.OutcomeH2Error, detail: map[string]string{"error": clip(text, 200)}}, true
	case has("malformed"), has("bad Content-Length"), has("transfer encoding"), has("Content-Length"), has("chunk"):
		return failure{outcome: outcome.OutcomeBadHTTP, detail: began(ev)}, true
	}
	return failure{}, false
}

// classifyMalformed classifies a first line that is not a status line. What the connection saw is better evidence; under
// TLS there is only what net/http quotes, which is not the beginning of a line that has a version.
func classifyMalformed(part, quote string, ev evidence) failure {
	if ev.scheme == "http" && beginsTLS(ev.began) {
		return failure{outcome: outcome.OutcomeWrongSchemeHTTPS}
	}
	detail := began(ev)
	if text, err := strconv.Unquote(quote); detail == nil && err == nil && part == "response" {
		detail = map[string]string{"began_with": quoted(text)}
	}
	return failure{outcome: outcome.OutcomeNotHTTP, detail: detail}
}

// began quotes the first line of a plain answer.
func began(ev evidence) map[string]string {
	line, _, _ := strings.Cut(ev.began, "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" || ev.scheme != "http" {
		return nil
	}
	return map[string]string{"began_with": quoted(line)}
}
