package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
	"iozen/views/ui"
)

// attemptBars places the phases one after the other. A reused connection has no DNS, connect and TLS; the phase that
// failed gets the rest of the time.
func attemptBars(a store.Attempt) []ui.Bar {
	phases := []struct {
		phase store.Phase
		label string
		took  time.Duration
	}{
		{store.PhaseDNS, "DNS", a.Phases.DNS},
		{store.PhaseConnect, "Connect", a.Phases.Connect},
		{store.PhaseTLS, "TLS", a.Phases.TLS},
		{store.PhaseSend, "Sent", a.Phases.Send},
		{store.PhaseFirstByte, "First byte", a.Phases.FirstByte},
		{store.PhaseBody, "Body", a.Phases.Body},
	}
	var bars []ui.Bar
	var start time.Duration
	for _, p := range phases {
		failed := a.FailedPhase == p.phase
		if failed && p.took < 0 {
			p.took = max(0, a.Duration-start)
		}
		if p.took < 0 {
			continue
		}
		bars = append(bars, ui.Bar{Label: p.label, Start: start, Length: p.took, Failed: failed})
		start += p.took
	}
	return bars
}

// requestText writes a request as it went out, as text; the headers come masked.
func requestText(a store.Attempt, headers []store.Header, payload []byte) string {
	path := "/"
	if u, err := url.Parse(a.URL); err == nil {
		path = u.RequestURI()
	}
	head := "POST " + path + "\nHost: " + hostOf(a.URL) + "\n"
	return head + event.FormatHeaders(headers) + "\n\n" + string(payload)
}

// responseText writes what was kept of an answer.
func responseText(a store.Attempt) string {
	if a.StatusCode == 0 {
		return "No answer."
	}
	text := fmt.Sprintf("%s %d\n%s\n\n%s", a.Protocol, a.StatusCode, event.FormatHeaders(a.Response.Headers), a.Response.Body)
	text = visible(text)
	if a.Response.Truncated {
		text += "\n… (cut here: only the first 16 KB are kept)"
	}
	return text
}

// visible makes the hidden parts of a foreign text visible: control characters and marks that change the reading direction
// become escapes, and broken UTF-8 a mark.
func visible(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// day writes a certificate's date: in UTC, whole days.
const day = "2 Jan 2006"

func certificateFacts(cert *store.Certificate) []views.Fact {
	if cert == nil {
		return nil
	}
	facts := []views.Fact{
		{Name: "Subject", Text: visible(cert.Subject)},
		{Name: "Names", Text: visible(strings.Join(cert.Names, ", "))},
		{Name: "Issuer", Text: visible(cert.Issuer)},
		{Name: "Valid", Text: cert.NotBefore.UTC().Format(day) + " to " + cert.NotAfter.UTC().Format(day)},
		{Name: "Protocol", Text: cert.Protocol},
	}
	return slices.DeleteFunc(facts, func(f views.Fact) bool { return f.Text == "" })
}
