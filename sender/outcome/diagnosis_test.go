package outcome

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestTheSourcesRowsKeepTheirWording(t *testing.T) {
	for _, c := range []struct {
		outcome           string
		status            int
		error, cause, fix string
		sentence          string
	}{
		{"http_401", 401, "HTTP 401", "Authentication failed", "Check your Authorization header value in Custom Headers.", "your endpoint did not accept the credentials (HTTP 401)"},
		{"http_403", 403, "HTTP 403", "Access denied", "Verify your webhook URL and any required API keys.", "your endpoint denied access (HTTP 403)"},
		{"http_404", 404, "HTTP 404", "Endpoint not found", "Verify the webhook URL is correct and accepts POST requests.", "there is no endpoint at the webhook URL (HTTP 404)"},
		{"http_500", 500, "HTTP 500", "Server error", "Check the receiving server logs for details.", "your server failed while handling it (HTTP 500)"},
		{"timeout", 0, "Request timed out", "Endpoint didn't respond in 30s", "Ensure your server responds within 30 seconds.", "your endpoint didn't respond within 30 seconds"},
	} {
		d := Diagnose(c.outcome, c.status, map[string]string{"phase": "first_byte"})
		require.Equal(t, []string{c.error, c.cause, c.fix, c.sentence}, []string{d.Error, d.Cause, d.Fix, d.Sentence})
	}
}

func TestDiagnoseWithItsEvidence(t *testing.T) {
	for _, c := range []struct {
		outcome string
		status  int
		detail  map[string]string
		error   string
		cause   string
		fix     string // a part of it
		action  Action
	}{
		{"redirect", 308, map[string]string{"location": "https://new.example/x", "location_ok": "true"}, "HTTP 308", "It redirects to https://new.example/x", "Use the new address", Action{ActionUseURL, "https://new.example/x"}},
		{"redirect", 301, map[string]string{"location": "/x", "location_ok": "https://a.example/x"}, "HTTP 301", "It redirects to /x", "", Action{ActionUseURL, "https://a.example/x"}},
		{"redirect", 307, map[string]string{"location": "http://10.0.0.1/"}, "HTTP 307", "It redirects to http://10.0.0.1/", "", EditURL},
		{"redirect", 302, nil, "HTTP 302", "It redirects to another address; whether it handled the event is not known", "answer 200 itself", EditURL},
		{"redirect", 302, map[string]string{"redirect": "ran"}, "HTTP 302", "It redirects to another address; the script behind the URL probably ran", "answers 200 itself", noAction},
		{"redirect", 302, map[string]string{"redirect": "moved", "location": "https://a.example/", "location_ok": "https://a.example/"}, "HTTP 302", "It redirects to https://a.example/", "Use the new address", Action{ActionUseURL, "https://a.example/"}},
		{"redirect", 307, map[string]string{"redirect": "sign_in", "location": "/login"}, "HTTP 307", "It redirects to a sign-in page: /login", "needs no sign-in", EditURL},
		{"redirect", 301, map[string]string{"redirect": "self", "location": "/hook"}, "HTTP 301", "It redirects to the Webhook URL itself: /hook", "", noAction},
		{"http_403", 403, map[string]string{"challenge": "cloudflare"}, "HTTP 403", "Cloudflare sent a browser check (a challenge), which no program can pass", "skips the challenge", noAction},
		{"http_524", 524, nil, "HTTP 524", "Cloudflare reached your server, and it did not answer in time", "at once", noAction},
		{"http_525", 525, nil, "HTTP 525", "The TLS handshake between Cloudflare and your server failed", "certificate", noAction},
		{"http_526", 526, nil, "HTTP 526", "Cloudflare does not accept your server's certificate", "Renew", noAction},
		{"http_528", 528, nil, "HTTP 528", "Cloudflare could not get an answer from your server", "", noAction},
		{"tls_chain_expired", 0, map[string]string{"not_after": "2026-11-22T23:59:59Z"}, "Certificate chain expired", "An intermediate certificate, which the server sends with its own, expired on 22 Nov 2026", "Install the new chain", noAction},
		{"tls_chain_expired", 0, map[string]string{"certificate": "R3", "not_after": "2026-11-22T23:59:59Z"}, "Certificate chain expired", "The certificate R3, which the server sends with its own, expired on 22 Nov 2026", "Install the new chain", noAction},
		{"redirect", 304, nil, "HTTP 304", "It answers as if we had asked again for a page that has not changed", "", EditURL},
		{"redirect", 300, nil, "HTTP 300", "It answers with a redirect", "", EditURL},
		{"http_429", 429, map[string]string{"retry_after": "90"}, "HTTP 429", "The endpoint limits the rate of requests and asks to wait 90 s", "after 90 s at the earliest", noAction},
		{"http_429", 429, nil, "HTTP 429", "The endpoint limits the rate of requests", "It is tried again later. If", noAction},
		{"http_522", 522, nil, "HTTP 522", "Cloudflare could not connect to your server in time", "", noAction},
		{"http_418", 418, nil, "HTTP 418", "The endpoint refused the request", "", EditURL},
		{"http_599", 599, nil, "HTTP 599", "Server error", "", noAction},
		{"http_999", 999, nil, "HTTP 999", "The endpoint answered with a status that does not mean success", "", noAction},
		{"", 503, nil, "HTTP 503", "The server is overloaded or in maintenance", "", noAction},
		{"timeout", 0, map[string]string{"phase": "dns", "host": "a.example"}, "Request timed out", "Looking up the name a.example took too long", "", noAction},
		{"timeout", 0, map[string]string{"phase": "connect", "host": "a.example", "port": "443"}, "Request timed out", "a.example:443 did not accept a connection in 30s", "firewall", noAction},
		{"timeout", 0, map[string]string{"phase": "odd"}, "Request timed out", "Endpoint didn't respond in 30s", "", noAction},
		{"dns_not_found", 0, map[string]string{"host": "hok.example.com"}, "Name not found", "hok.example.com does not exist", "Check the spelling of the host", EditURL},
		{"connection_refused", 0, map[string]string{"host": "a.example", "port": "81"}, "Connection refused", "Nothing is running at a.example:81", "correct the port", EditURL},
		{"tls_expired", 0, map[string]string{"not_after": "2026-11-22T23:59:59Z", "issuer": "R3"}, "Certificate expired", "It expired on 22 Nov 2026 (issuer R3)", "Renew", noAction},
		{"tls_expired", 0, map[string]string{"not_after": "22 Nov 2026"}, "Certificate expired", "It expired on 22 Nov 2026", "", noAction},
		{"tls_wrong_host", 0, map[string]string{"names": "other.example", "host": "a.example"}, "Certificate for another name", "The certificate is for other.example, not for a.example", "", EditURL},
		{"not_http", 0, map[string]string{"began_with": `"SSH-2.0-OpenSSH"`, "host": "a.example", "port": "22"}, "Answer is not HTTP", `Another kind of server listens on a.example:22; it began with "SSH-2.0-OpenSSH"`, "Check the port", EditURL},
		{"blocked", 0, map[string]string{"host": "x.example", "address": "10.0.0.5", "rule": "private"}, "Blocked address", "x.example leads to 10.0.0.5 (a private network)", "IOZEN_ALLOW_TARGETS=10.0.0.5/32", EditURL},
		{"blocked", 0, map[string]string{"host": "10.0.0.5", "address": "10.0.0.5", "rule": "private", "allow": "IOZEN_ALLOW_TARGETS=10.0.0.5/32"}, "Blocked address", "The URL leads to 10.0.0.5 (a private network)", ": IOZEN_ALLOW_TARGETS=10.0.0.5/32", EditURL},
		{"body_html", 200, map[string]string{"title": "Sign in"}, "Answered 200 with a web page", "The answer is an HTML page titled “Sign in”: the URL may be that of a page, not of a hook", "Is this the hook's address?", EditURL},
		{"body_html", 200, map[string]string{"title": "a\u202eb\x1b[31m]{host}"}, "Answered 200 with a web page", "The answer is an HTML page titled “a\\u202eb\\u001b[31m]{host}”: the URL may be that of a page, not of a hook", "", EditURL},
		{"cancelled", 0, map[string]string{"after_ms": "4100"}, "Cancelled", "Cancelled by you after 4 s; your endpoint may have received it", "", noAction},
		{"from_the_future", 0, nil, "Request failed", "The request failed in a way that ioZen does not know", "", noAction},
	} {
		d := Diagnose(c.outcome, c.status, c.detail)
		require.Equal(t, c.error, d.Error)
		require.Equal(t, c.cause, d.Cause)
		require.Contains(t, d.Fix, c.fix)
		require.Equal(t, c.action, d.Action, c.outcome)
	}
	require.Zero(t, Diagnose("", 200, nil))
	require.Zero(t, Diagnose("", 0, nil))
}

func TestDiagnoseAttemptOffersTheOtherScheme(t *testing.T) {
	for url, want := range map[string]string{"http://a.example:81/x?y=1": "https://a.example:81/x?y=1", "https://a.example": "http://a.example"} {
		d := DiagnoseAttempt(store.Attempt{URL: url, Outcome: OutcomeWrongSchemeHTTPS})
		require.Equal(t, Action{ActionUseScheme, want}, d.Action)
	}
}

// Every outcome of the vocabulary has words of its own, and no placeholder survives.
func TestEveryOutcomeHasWords(t *testing.T) {
	outcomes := []string{
		OutcomeDNSNotFound, OutcomeDNSNoAddress, OutcomeDNSFailed, OutcomeDNSRefused,
		OutcomeConnectionRefused, OutcomeConnectionReset, OutcomeClosedEarly, OutcomeClosedSending, OutcomeHostUnreachable, OutcomeNetworkUnreachable,
		OutcomeTLSExpired, OutcomeTLSNotYetValid, OutcomeTLSWrongHost, OutcomeTLSNoSAN, OutcomeTLSSelfSigned, OutcomeTLSUnknownIssuer,
		OutcomeTLSProtocol, OutcomeTLSHandshake, OutcomeTLSChainExpired, OutcomeTLSChainNotYetValid, OutcomeTLSConstraint, OutcomeBodyFailed, OutcomeTLSUnrecognizedName, OutcomeTLSClientCertificate, OutcomeTLSReset,
		OutcomeTLSNotTLS, OutcomeTLSBadCertificate, OutcomeWrongSchemeHTTPS, OutcomeWrongSchemeHTTP,
		OutcomeNotHTTP, OutcomeBrokenHeader, OutcomeHeaderTooLarge, OutcomeBadHTTP, OutcomeH2Error, OutcomeH2Overload, OutcomeH2Refused, OutcomeH2Failed,
		OutcomeBodyCut, OutcomeBodyEndless, OutcomeBodyReset, OutcomeBodyBadHTTP, OutcomeBodyHTML,
		OutcomeBlocked, OutcomeCannotSend, OutcomeCancelled, OutcomeOwnSide, OutcomeOwnFault, OutcomeUnasked,
	}
	for _, outcome := range outcomes {
		requireWords(t, outcome, Diagnose(outcome, 0, nil))
		require.NotEqual(t, "Request failed", Diagnose(outcome, 0, nil).Error, outcome)
	}
	for _, phase := range []string{"dns", "connect", "tls", "send", "first_byte", "headers", "body"} {
		require.Contains(t, entryIndex, "timeout_"+phase)
	}
	for _, status := range []int{400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 422, 425, 429, 500, 502, 503, 504} {
		require.Contains(t, entryIndex, OutcomeHTTP(status))
	}
	require.Len(t, entryIndex, len(entryTable), "no key twice")
	for _, e := range Diagnoses() {
		requireWords(t, e.Key, e.Diagnosis)
	}
}

func requireWords(t *testing.T, key string, d Diagnosis) {
	t.Helper()
	for _, text := range []string{d.Error, d.Cause, d.Fix, d.Sentence} {
		require.NotEmpty(t, text, key)
		require.False(t, strings.ContainsAny(text, "{}[]"), "%s: %s", key, text)
		require.NotContains(t, text, "  ", key)
	}
	require.NotRegexp(t, `[.!]$`, d.Sentence, key)
	require.NotRegexp(t, `[.!]$`, d.Cause, key)
}

// What the table says of retries is what the schedule does.
func TestNextIsWhatTheScheduleDoes(t *testing.T) {
	for _, e := range Diagnoses() {
		require.NotEmpty(t, e.Next(), e.Key)
		status, err := strconv.Atoi(strings.TrimPrefix(e.Key, "http_"))
		if err != nil {
			continue
		}
		tries := 1
		for DefaultSchedule.Decide(store.Attempt{StatusCode: status}, tries, time.Time{}, 0.5).Status == store.Retrying {
			tries++
		}
		require.True(t, strings.HasPrefix(e.Next(), strconv.Itoa(tries)+" attempts"), "%s: %s", e.Key, e.Next())
	}
	for key, next := range map[string]string{
		"redirect_moved": "Not tried again", "body_cut": "Delivered, with this warning", "blocked": "10 attempts", "timeout_dns": "10 attempts",
	} {
		require.Equal(t, next, Entry{Key: key}.Next())
	}
}
