package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// ranges are the times that the page offers beside exact ones.
var ranges = []struct {
	value, text string
	span        time.Duration
}{
	{"1h", "Last hour", time.Hour},
	{"24h", "Last 24 hours", 24 * time.Hour},
	{"7d", "Last 7 days", 7 * 24 * time.Hour},
	{"30d", "Last 30 days", 30 * 24 * time.Hour},
}

// filterControls are the parameters that filter a page; zone alone filters nothing.
var filterControls = []string{"q", "status", "event_name", "webhook", "range", "test", "code", "from", "to", "zone"}

// pageFilter reads the filter of a page's address: that of the API, and two things for people, a range up to now and times
// as a datetime-local box writes them, in the address's zone. A delivery must match every part.
func pageFilter(asked url.Values, botID uuid.UUID, now time.Time) (store.DeliveryFilter, []FieldError) {
	values := maps.Clone(asked)
	zoneProblems := boxTimes(values, "from", "to")
	f, problems := deliveryFilter(values, botID)
	problems = append(problems, zoneProblems...)
	span, known := rangeSpan(asked.Get("range"))
	if !known {
		problems = append(problems, FieldError{Pointer: "/range", Message: "must be 1h, 24h, 7d or 30d"})
	}
	if start := now.Add(-span); span > 0 && f.From.Before(start) {
		f.From = start
	}
	return f, problems
}

// rangeSpan is how far a range goes back; 0 for none.
func rangeSpan(value string) (span time.Duration, known bool) {
	for _, r := range ranges {
		if r.value == value {
			return r.span, true
		}
	}
	return 0, value == ""
}

// logFilter words the filter for the page. seen are the event names to choose from.
func logFilter(asked url.Values, problems []FieldError, seen []string) views.LogFilter {
	f := views.LogFilter{
		Query: asked.Get("q"), Endpoint: asked.Get("webhook"),
		Event: asked.Get("event_name"), Test: asked.Get("test"), Code: asked.Get("code"), Range: asked.Get("range"),
		Statuses: chosenStatuses(asked["status"]),
		Tests:    []ui.Option{{Value: "", Text: "Events and tests"}, {Value: "false", Text: "Events only"}, {Value: "true", Text: "Tests only"}},
		Problems: problemWords(problems),
	}
	f.Times = filterTimes(asked)
	f.Events = withChosen([]ui.Option{{Value: "", Text: "Any event"}}, seen, f.Event)
	f.Codes = withChosen([]ui.Option{
		{Value: "", Text: "Any response"},
		{Value: "2xx", Text: "2xx accepted"},
		{Value: "3xx", Text: "3xx redirect"},
		{Value: "4xx", Text: "4xx refused"},
		{Value: "5xx", Text: "5xx server error"},
		{Value: "none", Text: "No response"},
	}, nil, f.Code)
	f.Ranges = []ui.Option{{Value: "", Text: "Any time"}}
	for _, r := range ranges {
		f.Ranges = append(f.Ranges, ui.Option{Value: r.value, Text: r.text})
	}
	f.Active = slices.ContainsFunc(filterControls, func(name string) bool { return name != "zone" && strings.Join(asked[name], "") != "" })
	return f
}

// problemWords say beside each control why it was left out of the filter.
func problemWords(problems []FieldError) map[string]string {
	words := map[string]string{}
	for _, p := range problems {
		words[strings.TrimPrefix(p.Pointer, "/")] = "Not filtered by this: it " + p.Message + "."
	}
	return words
}

// chosenStatuses are those that the address names.
func chosenStatuses(asked []string) (chosen []string) {
	for text := range strings.SplitSeq(strings.Join(asked, ","), ",") {
		if s := store.Status(text); slices.Contains(deliveryStatuses, s) {
			chosen = append(chosen, text)
		}
	}
	return chosen
}

// withChosen adds values to a list of options, and the chosen one if the list lacks it: an address may ask for more
// than the page offers.
func withChosen(options []ui.Option, values []string, chosen string) []ui.Option {
	for _, value := range append(slices.Clone(values), chosen) {
		if !slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value }) {
			options = append(options, ui.Option{Value: value, Text: value})
		}
	}
	return options
}
