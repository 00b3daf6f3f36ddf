package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
	"iozen/store/text"
)

// fieldLabels are the fields in the order of the page, by the labels that people know them by.
var fieldLabels = []struct {
	field store.Field
	label string
}{
	{store.FieldEnabled, "Webhook"},
	{store.FieldURL, "Webhook URL"},
	{store.FieldHeaders, "Custom Headers"},
	{store.FieldEventNames, "Events"},
	{store.FieldFilter, "Only when"},
	{store.FieldFormat, "Format"},
	{store.FieldLeaveOut, "Leave out"},
	{store.FieldRateLimit, "Rate limit"},
	{store.FieldConsent, "Consent"},
	{store.FieldSuccess, "Success by answer"},
}

func labelOf(field store.Field) string {
	for _, f := range fieldLabels {
		if f.field == field {
			return f.label
		}
	}
	return ""
}

func labelsOf(fields []store.Field) string {
	labels := make([]string, len(fields))
	for i, f := range fields {
		labels[i] = labelOf(f)
	}
	return strings.Join(labels, ", ")
}

// refusal is why a field cannot be saved, as an error that the page words itself: a clause for the save state, and the parts
// of the field's own note.
type refusal struct {
	message string
	url     *target.URLProblem
	lines   []target.LineProblem
	texts   []string
}

func (r *refusal) Error() string { return r.message }

// refusals are the refusals of a whole form, or the conflict that prevented saving it.
type refusals struct {
	fields map[store.Field]refusal
	stale  *store.StaleError
}

// webhookForm reads a posted form; the address's query does not count.
func webhookForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return nil, formError(err)
	}
	return r.PostForm, nil
}

// formError is the answer to a form that is too long or broken.
func formError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return fmt.Errorf("read form: %w", err)
	}
	return fmt.Errorf("read form: %w", badForm("This form cannot be read."))
}

// badForm is the answer to a form that our pages never send.
func badForm(detail string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: detail}
}

// setBase notes which version an edit was based on.
func setBase(change *store.WebhookChange, text string) error {
	base, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return badForm("The form does not say which version it is based on.")
	}
	change.Base = &base
	return nil
}

// maxTab bounds the name that a page gives itself.
const maxTab = 64

// setEdit notes which of its page's requests an edit belongs to.
func setEdit(change *store.WebhookChange, form url.Values) error {
	tab := form.Get("tab")
	seq, err := strconv.ParseInt(form.Get("seq"), 10, 64)
	if err != nil || tab == "" || len(tab) > maxTab {
		return badForm("The form does not say which request of its page it is.")
	}
	run, err := strconv.ParseInt(form.Get("run"), 10, 64)
	if err != nil {
		return badForm("The form does not say which edit of its page it belongs to.")
	}
	change.Edit = &store.Edit{Tab: tab, Seq: seq, Run: run}
	return nil
}

// readFields reads the whole form into a change.
func (a *app) readFields(form url.Values, change *store.WebhookChange) refusals {
	r := refusals{fields: map[store.Field]refusal{}}
	for _, f := range fieldLabels {
		if refused := a.readField(f.field, form, change); refused != nil {
			r.fields[f.field] = *refused
		}
	}
	return r
}

// readField reads one field of a form into a change, or says why it cannot be saved.
func (a *app) readField(field store.Field, form url.Values, change *store.WebhookChange) *refusal {
	switch field {
	case store.FieldEnabled:
		enabled := form.Get("enabled") == "on"
		change.Enabled = &enabled
	case store.FieldURL:
		return a.readURL(last(form["url"]), change)
	case store.FieldHeaders:
		return readHeaders(form.Get("headers"), change)
	case store.FieldEventNames:
		return readEventNames(form, change)
	case store.FieldRateLimit:
		return readRateLimit(form.Get("rate_limit"), change)
	case store.FieldFilter:
		f, problems := readOnlyWhen(form)
		if len(problems) > 0 {
			return refuseTexts(problems)
		}
		change.Filter = &f
	case store.FieldConsent:
		return readConsent(form.Get("consent"), change)
	case store.FieldFormat:
		return readFormat(form, change)
	case store.FieldLeaveOut:
		return readLeaveOut(form, change)
	case store.FieldSuccess:
		return readSuccess(form, change)
	}
	return nil
}

// readURL reads the URL that a person typed; it may be empty.
func (a *app) readURL(typed string, change *store.WebhookChange) *refusal {
	var checked string
	if target.VisibleURL(typed) != "" {
		var problem *target.URLProblem
		if checked, problem = target.CheckTypedURL(typed, a.Allow); problem != nil {
			return &refusal{message: problem.Message, url: problem}
		}
	}
	change.URL = &checked
	return nil
}

func readHeaders(text string, change *store.WebhookChange) *refusal {
	headers, problems, _ := target.ParseHeaders(text)
	if len(problems) > 0 {
		return refuseLines(problems)
	}
	change.Headers = &headers
	return nil
}

// headerRemarks are remarks about unusual headers that were accepted.
func headerRemarks(text string) []string {
	_, _, notes := target.ParseHeaders(text)
	remarks := make([]string, len(notes))
	for i, n := range notes {
		remarks[i] = n.String()
	}
	return remarks
}

func refuseLines(lines []target.LineProblem) *refusal {
	return &refusal{message: lines[0].String(), lines: lines}
}

// refuseKeep words a mask under a name that has no stored value.
func refuseKeep(text string, keep *store.KeepError) refusal {
	return *refuseLines([]target.LineProblem{{Line: target.HeaderLine(text, keep.Index), Message: "type the value again"}})
}

func readEventNames(form url.Values, change *store.WebhookChange) *refusal {
	var choice event.EventChoice
	if form.Get("events") == "chosen" {
		for _, name := range append(slices.Clone(form["event_name"]), strings.Split(form.Get("more_events"), ",")...) {
			if name = text.Clean(name); name == "" {
				continue
			}
			if _, problem := choice.Add(name); problem != "" {
				return &refusal{message: fmt.Sprintf("the event name “%s”: %s", text.Clip(name, maxQuoted), problem)}
			}
		}
		if len(choice.Names()) == 0 {
			return &refusal{message: "choose at least one event"}
		}
	}
	names := choice.Names()
	change.EventNames = &names
	return nil
}

// maxQuoted bounds how much of the typed text an error repeats.
const maxQuoted = 70

func readRateLimit(typed string, change *store.WebhookChange) *refusal {
	limit := 0.0
	if typed = strings.Replace(text.Clean(typed), ",", ".", 1); typed != "" {
		var err error
		limit, err = strconv.ParseFloat(typed, 64)
		if err != nil {
			return &refusal{message: "enter a number such as 5 or 0.5, or leave it empty for no limit"}
		}
		if problem := target.CheckRateLimit(limit); problem != "" {
			return &refusal{message: "it " + problem + ", or empty for no limit"}
		}
	}
	change.RateLimit = &limit
	return nil
}
