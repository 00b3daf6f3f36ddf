package outcome

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"iozen/sender/target"
)

// The words of the table hold {placeholders} for the evidence of one attempt, and [segments] that are left out when the
// evidence in them is missing. fallbackWords are used where a sentence needs a word all the same.
var fallbackWords = map[string]string{
	"host":       "the host",
	"port":       "the port",
	"location":   "another address",
	"address":    "a private or special address",
	"allow":      "10.0.0.5/32",
	"names":      "another name",
	"not_before": "a later day",
	"not_after":  "an earlier day",
	"status":     "status",
	"path":       "the path that you chose",
	"wanted":     "your value",
	"limit":      "256",

	"placeholder": "a placeholder",
	"url_host":    "The URL",

	"missing_host":      "There is no such host",
	"chain_certificate": "An intermediate certificate",
}

// fill puts the evidence into the words.
func (e Entry) fill(words map[string]string) Diagnosis {
	return Diagnosis{
		Error:    fillText(e.Error, words),
		Cause:    fillText(e.Cause, words),
		Fix:      fillText(e.Fix, words),
		Sentence: fillText(e.Sentence, words),
		Action:   e.Action,
	}
}

func fillText(text string, words map[string]string) string {
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "[")
		filled, _ := fillPlain(before, words)
		b.WriteString(filled)
		if !found {
			break
		}
		segment, after, _ := strings.Cut(rest, "]")
		if filled, complete := fillPlain(segment, words); complete {
			b.WriteString(filled)
		}
		text = after
	}
	return b.String()
}

// fillPlain replaces {placeholders}; complete is false if the evidence for one is missing.
func fillPlain(text string, words map[string]string) (filled string, complete bool) {
	complete = true
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), complete
		}
		name, after, _ := strings.Cut(rest, "}")
		word, ok := words[name]
		if !ok || word == "" {
			complete = false
			word = fallbackWords[name]
		}
		b.WriteString(word)
		text = after
	}
}

// wordsOf makes the evidence of an attempt readable. All of it came from outside.
func wordsOf(status int, detail map[string]string) map[string]string {
	words := make(map[string]string, len(detail)+4)
	for k, v := range detail {
		words[k] = printable(v)
	}
	if status != 0 {
		words["status"] = strconv.Itoa(status)
	}
	for _, k := range []string{"not_before", "not_after"} {
		words[k] = dayOf(words[k])
	}
	words["retry_after"] = secondsInWords(words["retry_after"], time.Second)
	words["after"] = secondsInWords(words["after_ms"], time.Millisecond)
	words["received"] = bytesInWords(words["received"], words["announced"])
	words["allow"] = strings.TrimPrefix(words["allow"], target.AllowVariable+"=")
	if addr, err := netip.ParseAddr(words["address"]); err == nil && words["allow"] == "" {
		words["allow"] = (&target.BlockedError{Addr: addr, Rule: words["rule"]}).AllowEntry()
	}
	if words["host"] != words["address"] {
		words["url_host"] = words["host"]
	}
	if words["host"] != "" {
		words["missing_host"] = words["host"] + " does not exist"
	}
	if words["certificate"] != "" {
		words["chain_certificate"] = "The certificate " + words["certificate"]
	}
	if words["rule"] != "" {
		words["rule"] = target.RuleWords(words["rule"])
	}
	return words
}

// printable shortens a foreign text and makes visible what a terminal or a page might obey: control characters, and the
// marks that change the reading direction.
func printable(s string) string {
	const limit = 200
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > limit {
			return b.String() + "…"
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dayOf shows an RFC 3339 time as a day; anything else as it is.
func dayOf(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return t.UTC().Format("2 Jan 2006")
}

// bytesInWords shows how much came of what was announced: "3 of 1,000", or "3".
func bytesInWords(received, announced string) string {
	if received == "" || announced == "" {
		return grouped(received)
	}
	return grouped(received) + " of " + grouped(announced)
}

// grouped puts commas between the thousands of a whole number.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// secondsInWords shows a whole number of units as "40 s", "15 min" or "2 h".
func secondsInWords(text string, unit time.Duration) string {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return ""
	}
	switch d := time.Duration(n) * unit; {
	case d < 2*time.Minute:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	default:
		return strconv.Itoa(int(d.Round(time.Hour)/time.Hour)) + " h"
	}
}
