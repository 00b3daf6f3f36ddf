package handlers

import (
	"net/url"
	"slices"
	"strings"

	"iozen/store"
	"iozen/store/event/format"
	"iozen/store/text"
	"iozen/views"
)

// leaveOutBoxes are the fields that a person may mean by personal data; others can be typed.
var leaveOutBoxes = []struct{ field, label string }{
	{"user_data.email", "Email"},
	{"user_data.phone", "Phone"},
	{"user_data.first_name", "First name"},
	{"user_data.last_name", "Last name"},
	{"user_data.external_id", "External ID"},
	{"source_url", "Page URL"},
	{"custom_data.client_ip_address", "IP address"},
	{"custom_data.client_user_agent", "Browser"},
}

func leaveOutChoices(names []string) (boxes []views.LeaveOutChoice, more string) {
	rest := slices.Clone(names)
	for _, b := range leaveOutBoxes {
		boxes = append(boxes, views.LeaveOutChoice{Field: b.field, Label: b.label, Chosen: slices.Contains(names, b.field)})
		rest = slices.DeleteFunc(rest, func(name string) bool { return name == b.field })
	}
	return boxes, strings.Join(rest, ", ")
}

// typedLeaveOut are the fields that are ticked or typed.
func typedLeaveOut(form url.Values) (names []string) {
	for _, name := range append(slices.Clone(form["leave_out"]), strings.Split(form.Get("more_leave_out"), ",")...) {
		if name = text.Clean(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func readLeaveOut(form url.Values, change *store.WebhookChange) *refusal {
	if !form.Has("more_leave_out") {
		return nil
	}
	names, problems := checkLeaveOut(typedLeaveOut(form))
	if len(problems) > 0 {
		return refuseTexts(problems)
	}
	change.LeaveOut = &names
	return nil
}

func checkLeaveOut(typed []string) (names, problems []string) {
	names, refused := asTheAPI(typed, format.DecodeLeaveOut)
	return names, problemTexts(refused)
}

func leaveOutPairs(form views.WebhookForm) [][2]string {
	var pairs [][2]string
	for _, c := range form.LeaveOut {
		if c.Chosen {
			pairs = append(pairs, [2]string{"leave_out", c.Field})
		}
	}
	return append(pairs, [2]string{"more_leave_out", form.MoreLeaveOut})
}

// leaveOutLines are the fields that are left out, by the labels of their boxes.
func leaveOutLines(form views.WebhookForm) (lines []string) {
	for _, c := range form.LeaveOut {
		if c.Chosen {
			lines = append(lines, c.Label)
		}
	}
	if lines = append(lines, present(strings.TrimSpace(form.MoreLeaveOut))...); len(lines) == 0 {
		return []string{"Nothing"}
	}
	return lines
}

func leaveOutWords(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
