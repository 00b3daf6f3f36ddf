package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// usualEvents are offered before any event has been seen.
var usualEvents = []string{"Lead", "FieldConversion"}

// formOf fills the form with saved settings. Header values are masked: they leave the server only on Reveal.
func formOf(w store.Webhook, seen []string) views.WebhookForm {
	form := views.WebhookForm{
		Version: w.Version,
		Enabled: w.Enabled && w.SwitchedOff == nil,
		URL:     w.URL, Headers: event.FormatHeadersMasked(w.Headers),
		AllEvents: len(w.EventNames) == 0,
		Events:    eventChoices(w.EventNames, seen),
		OnlyWhen:  onlyWhen(w.Filter),
		Consent:   cmp.Or(string(w.Consent), "always"),
		Format:    formatForm(w.Format),

		SuccessPath: w.Success.Path, SuccessValue: w.Success.Value.Text(),
	}
	form.LeaveOut, form.MoreLeaveOut = leaveOutChoices(w.LeaveOut)
	if w.RateLimit != nil {
		form.RateLimit = strconv.FormatFloat(*w.RateLimit, 'f', -1, 64)
	}
	return form
}

// eventChoices lists the usual names, then those seen, then those chosen, each once.
func eventChoices(chosen, seen []string) []views.EventChoice {
	isChosen, listed := setOf(chosen), map[string]bool{}
	var choices []views.EventChoice
	for _, name := range slices.Concat(usualEvents, seen, chosen) {
		if !listed[name] {
			listed[name] = true
			choices = append(choices, views.EventChoice{Name: name, Chosen: isChosen[name]})
		}
	}
	return choices
}

// typedForm is the form as it was sent, over the saved one.
func typedForm(typed url.Values, saved views.WebhookForm) views.WebhookForm {
	form := saved
	form.Enabled = typed.Get("enabled") == "on"
	form.URL, form.Headers = last(typed["url"]), typed.Get("headers")
	form.AllEvents = typed.Get("events") != "chosen"
	form.MoreEvents, form.RateLimit = typed.Get("more_events"), typed.Get("rate_limit")
	form.OnlyWhen, form.Consent = typedOnlyWhen(typed, saved.OnlyWhen), cmp.Or(typed.Get("consent"), saved.Consent)
	form.Events = slices.Clone(saved.Events)
	ticked := setOf(typed["event_name"])
	for i, e := range form.Events {
		form.Events[i].Chosen = ticked[e.Name]
	}
	if typed.Has("format") {
		form.Format = typedFormat(typed)
	}
	if typed.Has("more_leave_out") {
		form.LeaveOut, _ = leaveOutChoices(typed["leave_out"])
		form.MoreLeaveOut = typed.Get("more_leave_out")
	}
	if typed.Has("success_path") {
		form.SuccessPath, form.SuccessValue = typed.Get("success_path"), typed.Get("success_value")
	}
	return form
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// fieldPairs are the names and values of one field's controls, for "Use theirs".
func fieldPairs(field store.Field, form views.WebhookForm) [][2]string {
	switch field {
	case store.FieldEnabled:
		if form.Enabled {
			return [][2]string{{"enabled", "on"}}
		}
		return [][2]string{}
	case store.FieldURL:
		return [][2]string{{"url", form.URL}}
	case store.FieldHeaders:
		return [][2]string{{"headers", form.Headers}}
	case store.FieldRateLimit:
		return [][2]string{{"rate_limit", form.RateLimit}}
	case store.FieldFilter:
		return onlyWhenPairs(form.OnlyWhen)
	case store.FieldConsent:
		return [][2]string{{"consent", form.Consent}}
	case store.FieldFormat:
		return formatPairs(form.Format)
	case store.FieldLeaveOut:
		return leaveOutPairs(form)
	case store.FieldSuccess:
		return successPairs(form)
	}
	return eventPairs(form)
}

func eventPairs(form views.WebhookForm) [][2]string {
	if form.AllEvents {
		return [][2]string{{"events", "all"}}
	}
	pairs := [][2]string{{"events", "chosen"}}
	for _, e := range form.Events { // those without a box on the page that asks go into its text (data-rest)
		if e.Chosen {
			pairs = append(pairs, [2]string{"event_name", e.Name})
		}
	}
	return pairs
}

// last is the value of a control that was sent twice: a button that offers a better value comes after the text that it
// replaces.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
