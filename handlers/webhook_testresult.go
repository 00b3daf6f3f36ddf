package handlers

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"iozen/sender"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// testResult words a test: it claims no more than the endpoint said.
func (a *app) testResult(r sender.TestResult) (views.TestResult, error) {
	at := r.Attempt
	headers, err := sender.RequestHeaders(r.Webhook, r.Delivery, at.StartedAt, a.Version)
	if err != nil {
		return views.TestResult{}, fmt.Errorf("headers of the test: %w", err)
	}
	diagnosis := sender.DiagnoseAttempt(at)
	view := views.TestResult{
		Sent: true, Kind: ui.Bad, Duration: at.Duration, LogURL: "/deliveries/" + r.Delivery.ID.String(),
		Headline: joined(diagnosis.Error, diagnosis.Cause), Fix: diagnosis.Fix, Action: testAction(diagnosis.Action),
		Bars:        attemptBars(at),
		Request:     requestText(at, maskConfigured(headers, r.Webhook), r.Delivery.Payload),
		Response:    responseText(at),
		Certificate: certificateFacts(at.Certificate),
	}
	if !at.Delivered() {
		return view, nil
	}
	view.Kind = ui.OK
	view.Headline = fmt.Sprintf("Your endpoint accepted the test: HTTP %d, %s", at.StatusCode, ui.Duration(at.Duration))
	if at.Outcome != "" {
		view.Kind = ui.Warn
		view.Fix = strings.TrimSpace(diagnosis.Cause + ". " + diagnosis.Fix)
	}
	return view, nil
}

// joined puts error and cause on one line; the cause of a blocked address and the like may say it all.
func joined(problem, cause string) string {
	if cause == "" || cause == problem {
		return problem
	}
	return problem + " · " + cause
}

// testAction is the button beside a diagnosis.
func testAction(act sender.Action) views.TestAction {
	switch act.Kind {
	case sender.ActionEditHeaders:
		return views.TestAction{Label: "Edit headers", Target: "custom-headers", Line: "Authorization"}
	case sender.ActionEditURL:
		return views.TestAction{Label: "Edit URL", Target: "webhook-url"}
	case sender.ActionUseURL, sender.ActionUseScheme:
		if act.URL != "" {
			return views.TestAction{Label: "Use " + act.URL, URL: act.URL}
		}
	}
	return views.TestAction{}
}

// attemptBars lays the phases one after the other. A reused connection has no DNS, connect and TLS.
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
		if p.took < 0 {
			continue
		}
		bars = append(bars, ui.Bar{Label: p.label, Start: start, Length: p.took, Failed: a.FailedPhase == p.phase})
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
	return head + sender.FormatHeaders(headers) + "\n\n" + string(payload)
}

// responseText writes what was kept of an answer. Its bytes are foreign: they are shown as text only.
func responseText(a store.Attempt) string {
	if a.StatusCode == 0 {
		return "No answer."
	}
	text := fmt.Sprintf("%s %d\n%s\n\n%s", a.Protocol, a.StatusCode,
		sender.FormatHeaders(a.Response.Headers), strings.ToValidUTF8(string(a.Response.Body), "\uFFFD"))
	if a.Response.Truncated {
		text += "\n… (cut here: only the first 16 KB are kept)"
	}
	return text
}

func certificateFacts(cert *store.Certificate) []views.Fact {
	if cert == nil {
		return nil
	}
	const day = "2 Jan 2006"
	return []views.Fact{
		{Name: "Subject", Text: cert.Subject},
		{Name: "Names", Text: strings.Join(cert.Names, ", ")},
		{Name: "Issuer", Text: cert.Issuer},
		{Name: "Valid", Text: cert.NotBefore.UTC().Format(day) + " to " + cert.NotAfter.UTC().Format(day)},
		{Name: "Protocol", Text: cert.Protocol},
	}
}
