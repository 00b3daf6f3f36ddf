package handlers

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/views"
)

// notes are the words beside the fields for settings as they are saved.
func (a *app) notes(w store.Webhook) views.WebhookNotes {
	return views.WebhookNotes{
		Enabled: enabledNote(w, a.Now()),
		URL:     a.urlNote(w),
		Headers: headersNote(w),
	}
}

// headersNote says what is stored. Headers that cannot be read are not lost until they are saved over: the right key file
// makes them readable again.
func headersNote(w store.Webhook) views.HeadersNote {
	if w.Damaged.Headers {
		return views.HeadersNote{Errors: []string{"The stored headers cannot be read: they were damaged, or sealed with a key that the key file no longer holds. Type them again, all of them. Until then nothing is sent."}}
	}
	return views.HeadersNote{Summary: headersSummary(w.Headers)}
}

// enabledNote says what happens with events now.
func enabledNote(w store.Webhook, now time.Time) views.EnabledNote {
	switch {
	case w.Damaged.Any() && w.Sends():
		return views.EnabledNote{Bad: true, Text: "On, but a stored secret cannot be read, so nothing is sent. New events wait. See Custom Headers and Signing secret."}
	case w.SwitchedOff != nil:
		return views.EnabledNote{Bad: true, Text: fmt.Sprintf(
			"Switched off by ioZen: %s. New events are held. Fix it, test it, then switch it back on.",
			outcome.SwitchOffWords(w.SwitchedOff.Reason))}
	case !w.Enabled:
		return views.EnabledNote{Text: "Off. The settings are kept, and new events are held."}
	case w.URL == "":
		return views.EnabledNote{
			Text:      "On, but there's no URL yet. New events are held until you add one.",
			Meanwhile: "On, but there's no URL. New events are held until you add one.",
			Quiet:     max(0, w.QuietUntil.Sub(now)),
		}
	}
	return views.EnabledNote{
		Text:      "On. New events are sent, and retried for 3 days if they fail.",
		Meanwhile: "On. Paused for 5 seconds while you edit.",
		Quiet:     max(0, w.QuietUntil.Sub(now)),
	}
}

func (a *app) urlNote(w store.Webhook) views.URLNote {
	var n views.URLNote
	offered, suits := formatHint(w)
	if offered.Text != "" {
		n.Hints = append(n.Hints, offered)
	}
	for _, h := range target.URLHints(w.URL) {
		if suits && h.SuggestURL == "" { // a format suits the receiver: nothing has to stand in between
			continue
		}
		n.Hints = append(n.Hints, views.URLHint{Text: h.Message, Recipe: h.Recipe, Label: h.Suggest, URL: h.SuggestURL})
	}
	n.Tool = toolOf(w.URL).Name
	switch {
	case w.URL == "":
		n.TestEndpoint = a.TestEndpoint
	case target.StaysInside(hostnameOf(w.URL)):
		n.Allowed = a.Allow.Entries()
	}
	return n
}

// refusedURLNote says what is wrong with the typed URL and what happens to events until it is fixed.
func refusedURLNote(p target.URLProblem, w store.Webhook) views.URLNote {
	n := views.URLNote{Error: p.Sentence(), Suggest: p.Suggest}
	switch {
	case w.Sends():
		n.Meanwhile = "Events still go to " + hostOf(w.URL) + "."
	case w.URL == "":
		n.Meanwhile = "No events are sent until it is fixed."
	default:
		n.Meanwhile = "The saved URL is still the one of " + hostOf(w.URL) + "."
	}
	return n
}

// headersSummary says what was understood, without the values: "1 header: Authorization (hidden)".
func headersSummary(headers []store.Header) string {
	if len(headers) == 0 {
		return ""
	}
	noun := "headers"
	if len(headers) == 1 {
		noun = "header"
	}
	return fmt.Sprintf("%d %s: %s (hidden)", len(headers), noun, strings.Join(headerNames(headers), ", "))
}

func headerNames(headers []store.Header) []string {
	names := make([]string, len(headers))
	for i, h := range headers {
		names[i] = h.Name
	}
	return names
}

// leakOf names the headers that go to another host after a save; nil when none do.
func leakOf(w store.SavedWebhook) *views.Leak {
	if w.LeakTo == "" {
		return nil
	}
	return &views.Leak{Names: w.Leaked, Host: w.LeakTo}
}

func hostnameOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// sendsTo is the host of a webhook's URL, in a list of webhooks.
func sendsTo(url string) string {
	if url == "" {
		return "No URL yet"
	}
	return hostOf(url)
}

// noteRefusals puts the reasons beside their fields.
func noteRefusals(n *views.WebhookNotes, refused map[store.Field]refusal, w store.Webhook) {
	for field, r := range refused {
		switch field {
		case store.FieldURL:
			n.URL = refusedURLNote(*r.url, w)
		case store.FieldHeaders:
			n.Headers = views.HeadersNote{} // what was understood before is not what stands there
			for _, l := range r.lines {
				n.Headers.Errors = append(n.Headers.Errors, l.String())
			}
		case store.FieldEventNames:
			n.Events.Error = sentence(r.message)
		case store.FieldFilter:
			n.OnlyWhen.Errors = sentences(r.texts)
		case store.FieldConsent:
			n.Consent.Error = sentence(r.message)
		case store.FieldRateLimit:
			n.RateLimit.Error = sentence(r.message)
		case store.FieldFormat:
			n.Format.Errors = sentences(r.texts)
		case store.FieldLeaveOut:
			n.LeaveOut.Errors = sentences(r.texts)
		case store.FieldSuccess:
			n.Success.Errors = sentences(r.texts)
		}
	}
}

// sentence turns a clause into a sentence.
func sentence(clause string) string {
	made := strings.ToUpper(clause[:1]) + clause[1:]
	if strings.HasSuffix(made, "?") || strings.HasSuffix(made, ".") {
		return made
	}
	return made + "."
}

func sentences(clauses []string) []string {
	made := make([]string, len(clauses))
	for i, clause := range clauses {
		made[i] = sentence(clause)
	}
	return made
}
