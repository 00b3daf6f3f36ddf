package handlers

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/event"
)

// maxTerm is how many characters a search has at most: the longest thing that can be found.
const maxTerm = 256

// deliveryStatuses are the states of a delivery, in the order of its life.
var deliveryStatuses = []store.Status{
	store.Queued, store.Sending, store.Retrying, store.Delivered, store.Failed, store.Held, store.Skipped,
}

// statusCode is one code of HTTP, a class of them, or no answer at all.
var statusCode = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]xx|none)$`)

// deliveryFilter reads the filter of a list of deliveries, which pages and API share. An empty value does not filter. A value
// that cannot be understood is reported by its parameter and left out of the filter, so that a page can show both.
func deliveryFilter(values url.Values, botID uuid.UUID) (store.DeliveryFilter, []FieldError) {
	r := queryReader{values: values}
	f := store.DeliveryFilter{
		BotID:     botID,
		Status:    r.statuses("status"),
		EventName: r.text("event_name", maxTerm),
		Test:      r.boolean("test"),
		Code:      r.code("code"),
		From:      r.time("from"),
		To:        r.time("to"),
		Query:     r.text("q", maxTerm),
		Webhook:   r.webhook("webhook"),
		Cursor:    r.text("cursor", maxTerm),
		Limit:     r.limit("limit"),
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		r.refuse("to", "must be later than from")
		f.To = time.Time{}
	}
	return f, r.problems
}

// queryReader reads parameters of an address one by one and collects what is wrong with them.
type queryReader struct {
	values   url.Values
	problems []FieldError
}

func (r *queryReader) refuse(name, message string) {
	r.problems = append(r.problems, FieldError{Pointer: "/" + name, Message: message})
}

func (r *queryReader) text(name string, limit int) string {
	text := strings.TrimSpace(r.values.Get(name))
	if len([]rune(text)) > limit {
		r.refuse(name, "must have at most "+strconv.Itoa(limit)+" characters")
		return ""
	}
	return text
}

// statuses takes status=failed&status=held as well as status=failed,held.
func (r *queryReader) statuses(name string) []store.Status {
	var found []store.Status
	for _, text := range strings.Split(strings.Join(r.values[name], ","), ",") {
		s := store.Status(strings.TrimSpace(text))
		switch {
		case s == "" || slices.Contains(found, s):
		case !slices.Contains(deliveryStatuses, s):
			r.refuse(name, "must be of queued, sending, retrying, delivered, failed, held, skipped")
			return nil
		default:
			found = append(found, s)
		}
	}
	return found
}

func (r *queryReader) boolean(name string) *bool {
	switch text := r.text(name, maxTerm); text {
	case "true", "false":
		yes := text == "true"
		return &yes
	case "":
	default:
		r.refuse(name, "must be true or false")
	}
	return nil
}

func (r *queryReader) code(name string) string {
	text := r.text(name, maxTerm)
	if text != "" && !statusCode.MatchString(text) {
		r.refuse(name, "must be a status such as 401, a class such as 4xx, or none")
		return ""
	}
	return text
}

func (r *queryReader) webhook(name string) int {
	text := r.text(name, maxTerm)
	n := webhookNumber(text)
	if text != "" && n == 0 {
		r.refuse(name, "must be the number of an endpoint")
	}
	return n
}

func (r *queryReader) time(name string) time.Time {
	text := r.text(name, maxTerm)
	if text == "" {
		return time.Time{}
	}
	at, problem := event.ParseTime(text)
	if problem != "" {
		r.refuse(name, problem)
	}
	return at
}

func (r *queryReader) limit(name string) int {
	text := r.text(name, maxTerm)
	if text == "" {
		return 0
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > store.MaxLimit {
		r.refuse(name, "must be a number from 1 to "+strconv.Itoa(store.MaxLimit))
		return 0
	}
	return limit
}
