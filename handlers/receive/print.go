package receive

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// print writes one calm block to the terminal: without what others could do to a terminal with control characters, and
// without secrets, because terminals are recorded and shared. The page shows everything.
func (in Request) print(out io.Writer, brief bool) {
	marks := ""
	if in.Test {
		marks += "  test"
	}
	if in.Repeat > 0 {
		marks += fmt.Sprintf("  repeat %d", in.Repeat)
	}
	if in.Signature.Words != "" {
		marks += "  " + in.Signature.Words
	}
	path, _, query := strings.Cut(in.Path, "?")
	if query {
		path += "?…"
	}
	fmt.Fprintf(out, "%s  POST %s → %s%s\n", in.At.Format("15:04:05"), printable(path), printable(in.Answer), marks)
	if brief {
		return
	}
	for _, h := range in.headers() {
		if !harmless(h.Name) {
			h.Value = "••••••••"
		}
		fmt.Fprintf(out, "  %s: %s\n", printable(h.Name), printable(h.Value))
	}
	fmt.Fprintf(out, "  %s\n\n", printable(string(in.Body)))
}

// harmless are the headers whose values everyone may see: ioZen's own, and those of every client. Any other one may hold a
// credential.
func harmless(name string) bool {
	return slices.Contains([]string{
		"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "Content-Encoding", "User-Agent", "Host", "Connection",
		"X-Iozen-Event-Id", "X-Iozen-Event-Name", "X-Iozen-Test", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature",
	}, http.CanonicalHeaderKey(name))
}

// printable writes what a terminal could take for a command, and what turns a line around, as an escape.
func printable(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, text[0])
		case r == '\n' || r == '\t':
			out.WriteRune(r)
		case unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			quoted := strconv.QuoteToASCII(string(r))
			out.WriteString(quoted[1 : len(quoted)-1])
		default:
			out.WriteRune(r)
		}
		text = text[size:]
	}
	return out.String()
}
