package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/option"
	"iozen/views"
	"iozen/views/ui"
)

// testResult words the result of a test. It claims no more than the endpoint said.
func (a *app) testResult(r engine.TestResult) (views.TestResult, error) {
	headers, _, err := a.requestHeaders(r.Webhook, r.Delivery, r.Attempt)
	if err != nil {
		return views.TestResult{}, err
	}
	if r.Delivery.Person != "" { // a real person, who is masked here as everywhere
		d, attempts := masked(r.Delivery, []store.Attempt{r.Attempt})
		r.Delivery.Payload, r.Attempt = d.Payload, attempts[0]
	}
	at := r.Attempt
	view := views.TestResult{
		Sent: true, Took: ui.Duration(at.Duration), Retries: retries(at, a.Schedule), Fields: sentWords(r.Webhook, r.Delivery.Payload),
		LogURL: "/deliveries/" + r.Delivery.ID.String(), At: at.StartedAt, Version: at.WebhookVersion, Connection: connection(at),
		Bars:        attemptBars(at),
		Request:     requestText(at, headers, sentBody(r.Webhook, r.Delivery.Payload).Bytes),
		Response:    responseText(at),
		Certificate: certificateFacts(at.Certificate), Expires: expiryWarning(at.Certificate, at.StartedAt),
	}
	if at.Certificate != nil {
		view.Certificate = append(view.Certificate, views.Fact{Name: "Days left", Text: lifeLeft(at.Certificate, at.StartedAt)})
	}
	testVerdict(&view, at, r.Webhook)
	return view, nil
}

// testVerdict says in words what the endpoint did with the test.
func testVerdict(view *views.TestResult, at store.Attempt, w store.Webhook) {
	diagnosis := outcome.DiagnoseAttempt(at)
	view.Action = fixAction(diagnosis.Action, at.StatusCode, w)
	switch {
	case at.Delivered():
		view.Kind, view.Headline = ui.OK, "Your endpoint accepted the test"
		view.Detail = fmt.Sprintf("HTTP %d", at.StatusCode)
		view.Brief = "Accepted, " + view.Took
		if at.Outcome != "" {
			view.Kind, view.Why, view.Fix = ui.Warn, diagnosis.Cause, diagnosis.Fix
		}
	case at.Outcome == outcome.OutcomeCancelled:
		view.Kind, view.Headline = ui.Warn, joined(diagnosis.Error, diagnosis.Cause)
		view.Fix, view.Brief = diagnosis.Fix, "Cancelled"
	default:
		view.Kind, view.Headline = ui.Bad, "The test was not accepted"
		switch tool := toolOf(w.URL); {
		case at.StatusCode == 0:
			view.Headline = "The test did not get through"
		case tool.Name != "":
			view.Headline = tool.Name + " did not accept the test"
		}
		view.Detail, view.Fix = joined(diagnosis.Error, diagnosis.Cause), diagnosis.Fix
		view.Brief = "Not accepted, " + diagnosis.Error
		hostHint(view, at.StatusCode, w)
	}
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
	retried := func(round int) bool { return schedule.Decide(at, round, at.StartedAt, 0).Status == store.Retrying }
	switch {
	case !retried(1):
		return "Tests are sent once. Real events that fail like this are not retried either."
	case len(schedule) > 0 && retried(len(schedule)):
		return "Tests are sent once. Real events would be retried for " + daysOrHours(schedule) + "."
	}
	return "Tests are sent once. Real events that fail like this are tried a few times."
}

// daysOrHours is how long a schedule goes on.
func daysOrHours(schedule outcome.Schedule) string {
	var all time.Duration
	for _, step := range schedule {
		all += step
	}
	for _, unit := range []struct {
		length time.Duration
		noun   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(all / unit.length); n > 1 || n == 1 && unit.noun != "day" {
			return ui.Count(n, unit.noun)
		}
	}
	return "a few seconds"
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
		parts = append(parts, "reused connection")
	}
	return strings.Join(parts, " · ")
}

// sentWords names what a webhook was sent about a person and a conversion. A format of one's own or of another service chooses
// what it sends, so nothing is claimed of it: the request stands below.
func sentWords(w store.Webhook, payload []byte) string {
	switch w.Format.Type {
	case option.FormatIoZen, option.FormatFlat: // flat says the same, under other keys
		w.Format = option.Format{}
		return sentFields(sentBody(w, payload).Bytes)
	}
	return ""
}

// sentFields names what a payload says about a person and a conversion: "email, phone, first name, 100 USD, page URL".
func sentFields(payload []byte) string {
	p := readPayload(payload)
	var words []string
	for _, field := range []struct{ value, word string }{
		{p.User.Email, "email"},
		{p.User.Phone, "phone"},
		{p.User.FirstName, "first name"},
		{p.User.LastName, "last name"},
		{p.User.ExternalID, "external ID"},
		{p.custom("value"), spaced(p.custom("value"), p.custom("currency"))},
		{p.SourceURL, "page URL"},
	} {
		if field.value != "" {
			words = append(words, field.word)
		}
	}
	return strings.Join(words, ", ")
}

// makeKey is the header that a Make webhook with an API key asks for.
const makeKey = "x-make-apikey"

// hostHint adds what we know of a host to the diagnosis, which stays as it is.
func hostHint(view *views.TestResult, status int, w store.Webhook) {
	if toolOf(w.URL).Key != "make" || status != http.StatusUnauthorized || findHeader(w.Headers, makeKey) != nil {
		return
	}
	view.Hint = "Make: if this webhook asks for an API key, copy it in Make (Webhooks, your hook, API keys) and add it as " + makeKey + " under Custom Headers."
	view.Action = views.TestAction{Label: "Add the " + makeKey + " header", Target: "custom-headers", AddHeader: makeKey}
}

// usedHeaders are the headers whose value an answer complains about.
var usedHeaders = map[int]string{http.StatusUnauthorized: "Authorization", http.StatusNotAcceptable: "Accept"}

// fixAction is testAction for a page that has the fields: it goes to a header's line, or makes one where it is
// missing.
func fixAction(act outcome.Action, status int, w store.Webhook) views.TestAction {
	action := testAction(act)
	if act.Kind != outcome.ActionEditHeaders {
		return action
	}
	name := usedHeaders[status]
	if name == "" || findHeader(w.Headers, name) != nil {
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
