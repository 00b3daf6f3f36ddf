package attempt

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
)

// answering is the phase in which an answer fails to come; one that came has no failed phase.
const answering = store.PhaseFirstByte

// Every status of the contract has its words and is worth its number of attempts.
func TestAnswersByStatus(t *testing.T) {
	var faults []fault
	for _, c := range []struct {
		status     int
		cause, fix string
		tries      int
	}{
		{400, "refused the payload", "compare it with the payload", 3},
		{401, "Authentication failed", "Check your Authorization header value in Custom Headers.", 0},
		{402, "refused the request", "check the URL and the Custom Headers", 0},
		{403, "Access denied", "Verify your webhook URL and any required API keys.", 0},
		{404, "Endpoint not found", "Verify the webhook URL is correct and accepts POST requests.", 0},
		{405, "does not accept POST", "must accept POST", 3},
		{406, "no answer in a format", "Accept header", 3},
		{407, "refused the request", "", 0},
		{408, "gave up waiting for the request", "request timeout", 0},
		{409, "conflicts", "answer 200", 0},
		{410, "no longer exists", "In Make or Zapier turn the scenario on, or copy its new URL.", 0},
		{411, "Content-Length", "proxy", 3},
		{413, "body of this size", "at least 64 KiB", 3},
		{415, "does not accept JSON", "application/json", 3},
		{418, "refused the request", "", 0},
		{422, "refused its contents", "compare it with the payload", 3},
		{425, "too early", "early data", 0},
		{429, "limits the rate", "It is tried again later.", 0},
		{500, "Server error", "Check the receiving server logs for details.", 0},
		{501, "Server error", "", 0},
		{502, "got no valid answer", "behind the proxy", 0},
		{503, "overloaded or in maintenance", "load", 0},
		{504, "got no answer from it in time", "answer faster", 0},
		{520, "Cloudflare", "", 0},
		{521, "Cloudflare", "", 0},
		{530, "Cloudflare", "", 0},
		{531, "Server error", "", 0},
		{600, "does not mean success", "answer 200", 0},
		{999, "does not mean success", "answer 200", 0},
	} {
		faults = append(faults, fault{
			name: fmt.Sprint(c.status), endpoint: answersAndStays(answerWith(c.status)), status: c.status, outcome: outcome.OutcomeHTTP(c.status),
			error: fmt.Sprintf("HTTP %d", c.status), cause: c.cause, fix: c.fix, tries: c.tries,
		})
	}
	for _, status := range []int{200, 201, 202, 204, 206, 226, 299} {
		answer := answerWith(status)
		if status == 204 {
			answer = "HTTP/1.1 204 No Content\r\n\r\n"
		}
		faults = append(faults, fault{name: fmt.Sprint(status), endpoint: answersAndStays(answer), status: status})
	}
	requireFaults(t, faults)
}

// No redirect is followed: the answer is reported, and its target offered only if it could be saved.
func TestRedirects(t *testing.T) {
	to := func(status int, location string) behaviour {
		return answersAndStays(answerWith(status, "Location: "+location))
	}
	faults := []fault{
		{name: "300 without a Location", endpoint: answersAndStays(answerWith(300)), status: 300, cause: "answers with a redirect", fix: "Let the endpoint answer 200"},
		{name: "301", endpoint: to(301, "https://new.example/hook"), status: 301, cause: "It redirects to https://new.example/hook", fix: "Use the new address"},
		{name: "302 of a script", endpoint: to(302, "https://script.googleusercontent.com/macros/echo?x"), status: 302, cause: "It redirects to https://script.googleusercontent.com/macros/echo?x; the script behind the URL probably ran", fix: "Put a service in between", url: "http://script.google.com:<port>/macros/s/x/exec", config: func(cfg *ClientConfig) { cfg.Resolver = names{"script.google.com": {"127.0.0.1"}} }},
		{name: "303", endpoint: to(303, "/thanks"), status: 303, cause: "It redirects to /thanks; whether it handled the event is not known", fix: "Check whether the event arrived"},
		{name: "302 to HTTPS", endpoint: to(302, "https://hook.example/hook"), status: 302, cause: "It redirects to https://hook.example/hook", fix: "Use the new address"},
		{name: "303 with www", endpoint: to(303, "https://www.hook.example/hook/"), status: 303, cause: "It redirects to https://www.hook.example/hook/", fix: "Use the new address"},
		{name: "302 to a sign-in page", endpoint: to(302, "https://accounts.google.com/ServiceLogin?continue=x"), status: 302, cause: "It redirects to a sign-in page: https://accounts.google.com/", fix: "needs no sign-in"},
		{name: "301 to itself", endpoint: to(301, "/hook"), status: 301, cause: "It redirects to the Webhook URL itself: /hook", fix: "Let the endpoint answer 200 itself"},
		{name: "301 to another program", endpoint: to(301, "ftp://new.example/"), status: 301, cause: "not to a web address: ftp://new.example/"},
		{name: "304", endpoint: answersAndStays("HTTP/1.1 304 Not Modified\r\n\r\n"), status: 304, error: "HTTP 304", cause: "a page that has not changed", fix: "Let the endpoint answer 200"},
		{name: "305 to a proxy", endpoint: to(305, "http://10.0.0.1:3128/"), status: 305, cause: "answers with a redirect to http://10.0.0.1:3128/", fix: "Let the endpoint answer 200"},
		{name: "307", endpoint: to(307, "https://new.example/"), status: 307, cause: "It redirects to https://new.example/", fix: "Use the new address"},
		{name: "308", endpoint: to(308, "//new.example/hook"), status: 308, cause: "It redirects to //new.example/hook", fix: "Use the new address"},
		{name: "301 without a Location", endpoint: answersAndStays(answerWith(301)), status: 301, cause: "It redirects, but not to a web address", fix: "name the new address in Location"},
		{name: "302 with a Location that no parser takes (R3)", endpoint: to(302, "http://%zz:x/"), status: 302, cause: "not to a web address: http://%zz:x/"},
		{name: "307 to the metadata of a cloud", endpoint: to(307, "http://169.254.169.254/latest/"), status: 307, cause: "It redirects to http://169.254.169.254/latest/"},
		{name: "302 to javascript", endpoint: to(302, "javascript:alert(1)"), status: 302, cause: "not to a web address: javascript:alert(1)"},
		{name: "308 to a text that turns the reading direction", endpoint: to(308, "/\u202e"), status: 308, cause: `It redirects to /\u202e`},
	}
	for i := range faults {
		faults[i].outcome, faults[i].tries = outcome.OutcomeRedirect, 1
		faults[i].error = fmt.Sprintf("HTTP %d", faults[i].status)
	}
	requireFaults(t, faults)
}

func TestARedirectsTargetIsOfferedOnlyIfItCouldBeSaved(t *testing.T) {
	for location, want := range map[string]outcome.Action{
		"https://new.example/hook":           {Kind: outcome.ActionUseURL, URL: "https://new.example/hook"},
		"//new.example/hook":                 {Kind: outcome.ActionUseURL, URL: "http://new.example/hook"},
		"http://169.254.169.254/latest/":     outcome.EditURL,
		"https://user:pass@new.example/":     outcome.EditURL,
		"javascript:alert(1)":                outcome.EditURL,
		"ftp://new.example/":                 outcome.EditURL,
		"http://%zz:x/":                      outcome.EditURL,
		"https://new.example/#fragment":      outcome.EditURL,
		"https://new.example:25/":            outcome.EditURL,
		"":                                   outcome.EditURL,
		strings.Repeat("x", target.MaxURL+1): outcome.EditURL,
		"https://NEW.example:443/a?b=c d":    outcome.EditURL,
	} {
		f := fault{endpoint: answersAndStays(answerWith(301, "Location: "+location))}
		require.Equal(t, want, outcome.DiagnoseAttempt(f.attempt(t)).Action, location)
	}
}

// After a 2xx the event was taken, whatever becomes of the body: it is delivered with a warning.
func TestBodiesAfterSuccess(t *testing.T) {
	const endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	chunk := "4000\r\n" + strings.Repeat("x", 0x4000) + "\r\n"
	faults := []fault{
		{name: "drips", endpoint: answers("HTTP/1.1 200 OK\r\n\r\n").then(drips("x")), outcome: outcome.OutcomeBodyEndless, error: "Answer never ended", cause: "did not end in 5 s"},
		{name: "never comes", endpoint: answersAndStays("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), outcome: outcome.OutcomeBodyEndless, error: "Answer never ended"},
		{name: "never ends", endpoint: answers(endless).then(repeats(chunk))},
		{name: "10 GiB declared", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n").then(repeats(chunk))},
		{name: "gzip bomb", endpoint: answersAndStays("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + fmt.Sprint(len(gzipBomb())) + "\r\n\r\n" + gzipBomb())},
		{name: "short", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), outcome: outcome.OutcomeBodyCut, error: "Answer cut short", cause: "broke off after 3 of 1,000 bytes", fix: "Content-Length"},
		{name: "chunks without an end", endpoint: answers(endless + "3\r\nabc\r\n"), outcome: outcome.OutcomeBodyCut, error: "Answer cut short", cause: "broke off after 3 bytes"},
		{name: "reset in the middle", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc").then((*peer).reset), outcome: outcome.OutcomeBodyReset, error: "Answer cut short", cause: "reset the connection"},
		{name: "bad chunk size", endpoint: answers(endless + "zz\r\nabc\r\n"), outcome: outcome.OutcomeBodyBadHTTP, error: "Answer is not valid HTTP", cause: "took the event (HTTP 200)"},
		{name: "chunk size overflow", endpoint: answers(endless + strings.Repeat("f", 17) + "\r\n"), outcome: outcome.OutcomeBodyBadHTTP, error: "Answer is not valid HTTP"},
		{name: "trailer without an end", endpoint: answers(endless + "0\r\nX: y"), outcome: outcome.OutcomeBodyBadHTTP, error: "Answer is not valid HTTP"},
		{name: "web page with entities in its title", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Sign&nbsp;in &amp; go</title>"), outcome: outcome.OutcomeBodyHTML, error: "Answered 200 with a web page", cause: "titled “Sign in & go”", fix: "Is this the hook's address?"},
		{name: "web page", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Sign\n in</title>"), outcome: outcome.OutcomeBodyHTML, error: "Answered 200 with a web page", cause: "titled “Sign in”", fix: "Is this the hook's address?"},
		{name: "Content-Length and Transfer-Encoding", endpoint: answers("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")},
		{name: "informational answers first", endpoint: answersAndStays("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok)},
	}
	for i := range faults {
		faults[i].status = 200
	}
	requireFaults(t, append(faults,
		fault{name: "204 with a body", endpoint: answersAndStays("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), status: 204}))
}

// A body that breaks after any other status changes nothing: the status has said it.
func TestBodiesAfterFailure(t *testing.T) {
	requireFaults(t, []fault{
		{name: "drips", hangs: true, endpoint: answers("HTTP/1.1 500 Oops\r\n\r\n").then(drips("x")), status: 500, outcome: "http_500", error: "HTTP 500"},
		{name: "cut", endpoint: answers("HTTP/1.1 401 No\r\nContent-Length: 1000\r\n\r\nabc"), status: 401, outcome: "http_401", error: "HTTP 401"},
		{name: "bad chunk", endpoint: answers("HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), status: 422, outcome: "http_422", error: "HTTP 422", tries: 3},
		{name: "switched protocols", endpoint: answersAndStays("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw"), status: 101, outcome: "http_101", error: "HTTP 101", cause: "switched to another protocol"},
	})
}

// An answer that is not HTTP at all is quoted as evidence; one that is nearly HTTP gets its own outcome.
func TestAnswersThatAreNotHTTP(t *testing.T) {
	notHTTP := func(name, text, began string) fault {
		return fault{name: name, endpoint: answers(text), outcome: outcome.OutcomeNotHTTP, phase: answering, error: "Answer is not HTTP", cause: "it began with " + began, fix: "Check the port"}
	}
	broken := func(name, line string) fault {
		return fault{name: name, endpoint: answers("HTTP/1.1 200 OK\r\n" + line + "\r\n\r\nbody"), outcome: outcome.OutcomeBrokenHeader, phase: answering, error: "Answer has a broken header"}
	}
	invalid := func(name, header string) fault {
		return fault{name: name, endpoint: answers("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\nok"), outcome: outcome.OutcomeBadHTTP, phase: answering, error: "Answer is not valid HTTP"}
	}
	tooLarge := func(name string, endpoint behaviour) fault {
		return fault{name: name, endpoint: endpoint, outcome: outcome.OutcomeHeaderTooLarge, phase: answering, error: "Answer header too large", cause: "more than 32 KiB"}
	}
	requireFaults(t, []fault{
		notHTTP("SSH banner", "SSH-2.0-OpenSSH_9.9\r\n", "SSH-2.0-OpenSSH_9.9"),
		notHTTP("SMTP greeting", "220 mail.example ESMTP\r\n", "220 mail.example ESMTP"),
		notHTTP("binary", "\x00\x01\xff\xfe\r\n", `\x00\x01\xff\xfe`),
		notHTTP("HTTP/0.9", "<html>hello</html>\r\n", "<html>hello</html>"),
		{name: "header name with a space", endpoint: answers("HTTP/1.1 200 OK\r\nX Odd: y\r\nContent-Length: 2\r\n\r\nok"), status: 200},
		notHTTP("no status", "HTTP/1.1 OK\r\n\r\n", ""),
		notHTTP("status of two digits", "HTTP/1.1 99 Low\r\n\r\n", ""),
		notHTTP("status of zeros", "HTTP/1.1 000 None\r\n\r\n", "HTTP/1.1 000 None"),
		notHTTP("status below 100", "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 099 Low"),
		notHTTP("status of four digits", "HTTP/1.1 1000 High\r\n\r\n", ""),
		notHTTP("no version", "HTTP/x 200 OK\r\n\r\n", ""),
		{name: "says HTTP/2.0 in text", endpoint: answers("HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), status: 200},
		broken("header without a colon", "X-Broken"),
		broken("escape sequence in a header", "X-Broken: \x1b[31m"),
		broken("NUL in a header", "X-Broken: a\x00b"),
		invalid("two different lengths", "Content-Length: 2\r\nContent-Length: 3"),
		invalid("negative length", "Content-Length: -1"),
		invalid("length that is not a number", "Content-Length: two"),
		invalid("unknown transfer encoding", "Transfer-Encoding: gzip, chunked"),
		tooLarge("one header of 100 KiB", answers("HTTP/1.1 200 OK\r\nX-Big: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")),
		tooLarge("headers without an end", answers("HTTP/1.1 200 OK\r\n").then(repeats(strings.Repeat("X-More: y\r\n", 512)))),
		tooLarge("informational answers without an end", answers("").then(repeats(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 64)))),
		{name: "as many headers as 32 KiB can hold", endpoint: answers("HTTP/1.1 200 OK\r\n" + shortHeaders(32<<10-100) + "Content-Length: 2\r\n\r\nok"), status: 200},
		{name: "5,000 tiny headers of one name", endpoint: answers("HTTP/1.1 200 OK\r\n" + strings.Repeat("a: \r\n", 5_000) + "Content-Length: 2\r\n\r\nok"), status: 200},
	})
}

func TestAnswersThatDoNotComeInTime(t *testing.T) {
	requireFaults(t, []fault{
		{name: "never", endpoint: (*peer).stay, outcome: outcome.OutcomeTimeout, phase: answering, error: "Request timed out", cause: "Endpoint didn't respond in 30s", fix: "Ensure your server responds within 30 seconds."},
		{name: "headers drip", endpoint: answers("HTTP/1.1 200 OK\r\n").then(drips("X-Slow: y\r\n")), outcome: outcome.OutcomeTimeout, phase: answering, error: "Request timed out", cause: "started to answer but did not finish", fix: "within 30 seconds"},
		{name: "informational answers drip", endpoint: answers("").then(drips("HTTP/1.1 103 Early Hints\r\n\r\n")), outcome: outcome.OutcomeTimeout, phase: answering, error: "Request timed out"},
	})
}

// An endpoint may ask for time, in any notation that HTTP has; it is never believed beyond a day.
func TestRetryAfterOfRealAnswers(t *testing.T) {
	for header, want := range map[string]string{
		"Retry-After: 120":                           "120",
		"Retry-After: 1000000000":                    "86400",
		"Retry-After: -5":                            "",
		"Retry-After: 1.5":                           "2",
		"Retry-After: 10\r\nRetry-After: 20":         "20",
		"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT": "",
		"Retry-After: " + strings.Repeat("9", 1000):  "",
	} {
		for _, status := range []int{429, 503} {
			f := fault{endpoint: answersAndStays(answerWith(status, header))}
			require.Equal(t, want, f.attempt(t).Detail["retry_after"], header)
		}
	}
}

// What an endpoint says is kept as evidence, in bounds, and never with a secret in it.
func TestWhatIsKeptOfAnAnswer(t *testing.T) {
	t.Run("a hundred headers at most", func(t *testing.T) {
		f := fault{endpoint: answers("HTTP/1.1 200 OK\r\n" + numberedHeaders(2000) + "Content-Length: 2\r\n\r\nok")}
		require.Len(t, f.attempt(t).Response.Headers, keepNumber)
	})
	t.Run("16 KiB of body, marked as cut", func(t *testing.T) {
		a := fault{endpoint: answers("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 200<<10))}.attempt(t)
		require.Len(t, a.Response.Body, keepBody)
		require.True(t, a.Response.Truncated)
		require.Empty(t, a.Outcome)
	})
	t.Run("a compressed body as what it says, within the same bounds", func(t *testing.T) {
		a := fault{endpoint: answers("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzipBomb())}.attempt(t)
		require.Len(t, a.Response.Body, keepBody)
		require.True(t, a.Response.Truncated)
		require.False(t, strings.HasPrefix(string(a.Response.Body), "\x1f\x8b"))
	})
	t.Run("odd header values", func(t *testing.T) {
		a := fault{endpoint: answersAndStays("HTTP/1.1 200 OK\r\nX-Odd: \xe9\u202e\r\nContent-Length: 0\r\n\r\n")}.attempt(t)
		require.Contains(t, a.Response.Headers, store.Header{Name: "X-Odd", Value: "\xe9\u202e"}, "kept as sent; the page shows it as text")
	})
	t.Run("cookies are masked and never sent back", func(t *testing.T) {
		var cookies []string
		e := startEndpoint(t, func(p *peer) {
			for req := p.request(); req != nil; req = p.request() {
				cookies = append(cookies, req.Header.Get("Cookie"))
				p.write(answerWith(200, "Set-Cookie: session=abcdef"))
			}
		})
		c := newTestClient(t)
		for range 2 {
			a := c.Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()), sendertest.Delivery())
			require.Contains(t, a.Response.Headers, store.Header{Name: "Set-Cookie", Value: "session=" + event.Mask})
		}
		require.Equal(t, []string{"", ""}, cookies)
	})
	t.Run("every configured secret is masked in headers and body", func(t *testing.T) {
		e := startEndpoint(t, func(p *peer) {
			req := p.request()
			p.write(answerWith(200, "X-Echo: "+req.Header.Get("Authorization"), "X-Key: "+req.Header.Get("X-Key")))
		})
		a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String(),
			store.Header{Name: "Authorization", Value: "Bearer s3cret-token"}, store.Header{Name: "X-Key", Value: "k3y-of-crm"}), sendertest.Delivery())
		for _, h := range a.Response.Headers {
			require.NotContains(t, h.Value, "s3cret")
			require.NotContains(t, h.Value, "k3y")
		}
	})
}

// gzipBomb is 100 MiB of nothing in 100 KiB.
var gzipBomb = sync.OnceValue(func() string { return nothing(100) })

// nothing packs zeros. One mebibyte of them is compressed, and stands there again and again: under the race detector, compressing
// all took more than everything else here.
func nothing(mebibytes int) string {
	zeros := make([]byte, 1<<20)
	var block bytes.Buffer
	w, _ := flate.NewWriter(&block, flate.DefaultCompression)
	_, _ = w.Write(zeros)
	_ = w.Flush()
	sum := uint32(0)
	for range mebibytes {
		sum = crc32.Update(sum, crc32.IEEETable, zeros)
	}
	packed := slices.Concat([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), bytes.Repeat(block.Bytes(), mebibytes), []byte("\x01\x00\x00\xff\xff"))
	packed = binary.LittleEndian.AppendUint32(packed, sum)
	return string(binary.LittleEndian.AppendUint32(packed, uint32(mebibytes<<20)))
}

func TestTheBombIsAWholeFile(t *testing.T) {
	r, err := gzip.NewReader(strings.NewReader(nothing(3)))
	require.NoError(t, err)
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(make([]byte, 3<<20), all))
}

// shortHeaders are as many different headers as fit into a size.
func shortHeaders(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%s:\r\n", strconv.FormatInt(int64(i), 36))
	}
	return b.String()
}

func numberedHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: y\r\n", i)
	}
	return b.String()
}
