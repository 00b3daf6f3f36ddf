package handlers

import (
	"net/url"
	"slices"
	"strings"

	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
	"iozen/store/event/filter"
	"iozen/store/option"
	"iozen/views"
)

// conflictOf shows a field's two values: what was sent, and what somebody else has saved meanwhile.
func conflictOf(field store.Field, form url.Values, stale *store.StaleError, me store.Actor) views.Conflict {
	saved := formOf(stale.Current, nil)
	c := views.Conflict{
		Who: whoChanged(field, stale, me), Label: labelOf(field),
		Yours: fieldLines(field, typedForm(form, saved)), Theirs: fieldLines(field, saved),
	}
	if field == store.FieldEventNames && form.Get("events") == "chosen" { // with names that no box stands for
		c.Yours = present(strings.Join(append(slices.Clone(form["event_name"]), present(strings.TrimSpace(form.Get("more_events")))...), ", "))
	}
	c.ValuesOnly = field == store.FieldHeaders && slices.Equal(c.Yours, c.Theirs)
	return c
}

// fieldLines are a field's value as one reads it. Values of headers stay hidden, those just typed too: somebody may look on.
func fieldLines(field store.Field, form views.WebhookForm) []string {
	switch field {
	case store.FieldEnabled:
		return []string{strings.ToUpper(onOff(form.Enabled)[:1]) + onOff(form.Enabled)[1:]}
	case store.FieldURL:
		return present(strings.TrimSpace(form.URL))
	case store.FieldHeaders:
		return maskedLines(form.Headers)
	case store.FieldFilter:
		return onlyWhenLines(form.OnlyWhen)
	case store.FieldConsent:
		return []string{consentText(option.Consent(form.Consent))}
	case store.FieldRateLimit:
		if form.RateLimit == "" {
			return []string{"No limit"}
		}
		return []string{form.RateLimit + " per second"}
	}
	if lines, ok := optionLines(field, form); ok {
		return lines
	}
	if form.AllEvents {
		return []string{"All events"}
	}
	var names []string
	for _, e := range form.Events {
		if e.Chosen {
			names = append(names, e.Name)
		}
	}
	return present(strings.Join(append(names, present(strings.TrimSpace(form.MoreEvents))...), ", "))
}

// onlyWhenLines are conditions as one reads them, one on a line.
func onlyWhenLines(o views.OnlyWhen) (lines []string) {
	for _, row := range o.Rows {
		if row.Field != "" {
			lines = append(lines, strings.TrimSpace(row.Field+" "+filter.OpWords(option.Op(row.Op))+" "+row.Value))
		}
	}
	if len(lines) == 0 {
		return []string{"Always"}
	}
	return lines
}

// consentText is a consent rule as people read it.
func consentText(rule option.Consent) string {
	switch rule {
	case option.ConsentStrip:
		return "Without consent: leave personal data out"
	case option.ConsentRequire:
		return "Without consent: do not send"
	}
	return "Send every event whole"
}

// onlyWhenWords are conditions in one line.
func onlyWhenWords(f option.Filter) string { return strings.Join(onlyWhenLines(onlyWhen(f)), "; ") }

func present(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func maskedLines(typed string) (lines []string) {
	headers, _, _ := target.ParseHeaders(typed)
	for _, h := range headers {
		lines = append(lines, h.Name+": "+event.Mask)
	}
	return lines
}

// conflictMessage says who was first: "maria@acme.example changed Webhook URL". The page adds when.
func conflictMessage(stale *store.StaleError, me store.Actor) string {
	field := stale.Fields[0]
	if stale.Current.FieldChanges[field].By.ID == me.ID {
		return "You changed " + labelOf(field) + " in another tab"
	}
	return whoChanged(field, stale, me) + " changed " + labelOf(field)
}

func whoChanged(field store.Field, stale *store.StaleError, me store.Actor) string {
	by := stale.Current.FieldChanges[field].By
	if by.ID == me.ID {
		return "You, in another tab,"
	}
	return by.Name
}

// conflictsOf are those of a whole form, by field.
func conflictsOf(form url.Values, stale *store.StaleError, me store.Actor) map[string]views.Conflict {
	all := map[string]views.Conflict{}
	for _, field := range stale.Fields {
		all[string(field)] = conflictOf(field, form, stale, me)
	}
	return all
}

// optionLines are one of the choices as one reads it; ok is false for another field.
func optionLines(field store.Field, form views.WebhookForm) (lines []string, ok bool) {
	switch field {
	case store.FieldFormat:
		lines = []string{form.Format.Words()}
		switch form.Format.Type {
		case "message":
			lines = append(lines, strings.Split(form.Format.Text, "\n")...)
		case "meta_capi":
			lines = append(lines, present(form.Format.TestEventCode)...)
		case "json":
			lines = append(lines, strings.Split(form.Format.Template, "\n")...)
		}
		return lines, true
	case store.FieldLeaveOut:
		for _, c := range form.LeaveOut {
			if c.Chosen {
				lines = append(lines, c.Label)
			}
		}
		if lines = append(lines, present(strings.TrimSpace(form.MoreLeaveOut))...); len(lines) == 0 {
			lines = []string{"Nothing"}
		}
		return lines, true
	case store.FieldSuccess:
		if form.SuccessPath == "" {
			return []string{"Every 2xx"}, true
		}
		return []string{form.SuccessPath + " = " + form.SuccessValue}, true
	}
	return nil, false
}
