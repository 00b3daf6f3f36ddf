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

// print writes one short block to the terminal: without control characters, with which others could take over a terminal,
// and without secrets, because terminals are recorded and shared. The page shows everything.
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

// harmless are the headers whose values everyone may see: ioZen's own, and those of every client. Any other header may
// hold a credential.
func harmless(name string) bool {
	return slices.Contains([]string{
		"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "Content-Encoding", "User-Agent", "Host", "Connection",
		"X-Iozen-Event-Id", "X-Iozen-Event-Name", "X-Iozen-Test", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature",
	}, http.CanonicalHeaderKey(name))
}

// printable escapes what a terminal could take for a command, and marks that change the direction of text.
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
