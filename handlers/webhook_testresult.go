package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"iozen/sender/attempt"
	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// testResult words the result of a test. It claims no more than the endpoint said.
func (a *app) testResult(r engine.TestResult) (views.TestResult, error) {
	at := r.Attempt
	headers, err := attempt.RequestHeaders(r.Webhook, r.Delivery, at.StartedAt, a.Version)
	if err != nil {
		return views.TestResult{}, fmt.Errorf("headers of the test: %w", err)
	}
	diagnosis := outcome.DiagnoseAttempt(at)
	view := views.TestResult{
		Sent: true, Kind: ui.Bad, Headline: joined(diagnosis.Error, diagnosis.Cause), Took: ui.Duration(at.Duration),
		Fix: diagnosis.Fix, Action: fixAction(diagnosis.Action, at.StatusCode, r.Webhook), Retries: retries(at, a.Schedule),
		LogURL: "/deliveries/" + r.Delivery.ID.String(), At: at.StartedAt, Version: at.WebhookVersion, Connection: connection(at),
		Bars:        attemptBars(at),
		Request:     requestText(at, maskConfigured(headers, r.Webhook), r.Delivery.Payload),
		Response:    responseText(at),
		Certificate: certificateFacts(at.Certificate), Expires: expiryWarning(at.Certificate, at.StartedAt),
	}
	if at.Certificate != nil {
		view.Certificate = append(view.Certificate, views.Fact{Name: "Days left", Text: lifeLeft(at.Certificate, at.StartedAt)})
	}
	switch {
	case at.Delivered():
		view.Kind, view.Took = ui.OK, ""
		view.Headline = fmt.Sprintf("Your endpoint accepted the test: HTTP %d, %s", at.StatusCode, ui.Duration(at.Duration))
		if at.Outcome != "" {
			view.Kind = ui.Warn
			view.Fix = strings.TrimSpace(diagnosis.Cause + ". " + diagnosis.Fix)
		}
	case at.Outcome == outcome.OutcomeCancelled:
		view.Kind = ui.Warn
	}
	return view, nil
}

// joined puts error and cause on one line; of a cancelled test and the like, the cause alone.
func joined(problem, cause string) string {
	if cause == "" || strings.HasPrefix(cause, problem) {
		return strings.TrimSpace(problem + strings.TrimPrefix(cause, problem))
	}
	return problem + " · " + cause
}

// retries says what would happen next to a real event; a test is not repeated.
func retries(at store.Attempt, schedule outcome.Schedule) string {
	if at.Delivered() || at.Outcome == outcome.OutcomeCancelled {
		return ""
	}
	if schedule.Decide(at, 1, at.StartedAt, 0).Status == store.Retrying {
		return "A test is sent once. Real events that fail like this are tried again."
	}
	return "A test is sent once, and real events that fail like this are not tried again either."
}

// connection describes the connection of the request: address, protocol, and whether it was reused.
func connection(at store.Attempt) string {
	if at.RemoteAddr == "" {
		return ""
	}
	parts := []string{at.RemoteAddr}
	if at.Protocol != "" {
		parts = append(parts, at.Protocol)
	}
	if at.Certificate != nil && at.Certificate.Protocol != "" {
		parts = append(parts, at.Certificate.Protocol)
	}
	if at.Phases.Connect < 0 {
		parts = append(parts, "kept connection")
	}
	return strings.Join(parts, " · ")
}

// usedHeaders are the headers whose value an answer complains about.
var usedHeaders = map[int]string{http.StatusUnauthorized: "Authorization", http.StatusNotAcceptable: "Accept"}

// fixAction is testAction for a page that has the fields: it goes to a header's line, or adds one that is missing.
func fixAction(act outcome.Action, status int, w store.Webhook) views.TestAction {
	action := testAction(act)
	if act.Kind != outcome.ActionEditHeaders {
		return action
	}
	name := usedHeaders[status]
	has := func(h store.Header) bool { return strings.EqualFold(h.Name, name) }
	if name == "" || slices.ContainsFunc(w.Headers, has) {
		action.EditHeader = name
		return action
	}
	return views.TestAction{Label: "Add an " + name + " header", Target: action.Target, AddHeader: name}
}

// testAction is the button beside a diagnosis.
func testAction(act outcome.Action) views.TestAction {
	switch act.Kind {
	case outcome.ActionEditHeaders:
		return views.TestAction{Label: "Edit headers", Target: "custom-headers"}
	case outcome.ActionEditURL:
		return views.TestAction{Label: "Edit URL", Target: "webhook-url"}
	case outcome.ActionUseURL, outcome.ActionUseScheme:
		if act.URL != "" {
			return views.TestAction{Label: "Use " + act.URL, URL: act.URL}
		}
	}
	return views.TestAction{}
}
