package handlers

import (
	"net/url"
	"slices"
	"strings"

	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
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
	case store.FieldFormat:
		return formatLines(form.Format)
	case store.FieldLeaveOut:
		return leaveOutLines(form)
	case store.FieldSuccess:
		return successLines(form)
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
