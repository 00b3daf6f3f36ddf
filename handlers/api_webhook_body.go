package handlers

import (
	"encoding/json"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
	"iozen/store/event/consent"
	"iozen/store/event/filter"
	"iozen/store/event/format"
	"iozen/store/event/success"
	"iozen/store/option"
)

// webhookBody reads all settings of a webhook. enabled and url are required (null removes the URL): otherwise a body that
// meant to change one of them would clear the other. A body without headers removes all headers, one without event_names
// chooses all events, and one without rate_limit removes the limit. What a webhook chooses besides is the documented way
// without its key. Without a name it keeps its own: nothing is sent with it.
func (a *app) webhookBody(c echo.Context) (store.WebhookChange, error) {
	change, err := a.webhookFieldsOf(c)
	if err != nil {
		return change, err
	}
	var missing []FieldError
	if change.Enabled == nil {
		missing = append(missing, FieldError{"/enabled", "is required"})
	}
	if change.URL == nil {
		missing = append(missing, FieldError{"/url", "is required; null removes it"})
	}
	if len(missing) > 0 {
		return change, invalid(missing)
	}
	if change.Headers == nil {
		change.Headers = &[]store.HeaderChange{}
	}
	if change.EventNames == nil {
		change.EventNames = &[]string{}
	}
	if change.RateLimit == nil {
		change.RateLimit = new(float64)
	}
	change.Change = change.Else(option.Set{}.Change())
	return change, nil
}

// webhookFieldsOf reads the settings that a body holds. API keys cannot read header values, so they must not send them to a
// host of their choice either.
func (a *app) webhookFieldsOf(c echo.Context) (store.WebhookChange, error) {
	b := webhookFields{allow: a.Allow, change: store.WebhookChange{By: actorOf(c), StayWithOrigin: true}}
	err := bodyFields(c, map[string]takeField{
		"name": b.name, "enabled": b.enabled, "url": b.url, "headers": b.headers, "event_names": b.eventNames, "rate_limit": b.rateLimit,
		"filter": b.filter, "format": b.format, "leave_out": b.leaveOut, "consent": b.consent, "success": b.success,
		"n": nil, "version": nil, "settles_at": nil, "switched_off": nil, // as read; not for the caller to say
	})
	return b.change, err
}

// webhookFields reads the fields of a body into a change, by the rules that the page has too.
type webhookFields struct {
	allow  target.Allow
	change store.WebhookChange
}

func (b *webhookFields) name(d *document, pointer string, value json.RawMessage) {
	name := ""
	if !isNull(value) {
		text, ok := d.text(pointer, value)
		if !ok {
			return
		}
		var problem string
		if name, problem = store.CheckName("endpoint", text); problem != "" {
			d.refuse(pointer, problem)
		}
	}
	b.change.Name = &name
}

func (b *webhookFields) enabled(d *document, pointer string, value json.RawMessage) {
	if enabled, ok := d.boolean(pointer, value); ok {
		b.change.Enabled = &enabled
	}
}

func (b *webhookFields) url(d *document, pointer string, value json.RawMessage) {
	var url string
	if !isNull(value) {
		text, ok := d.text(pointer, value)
		if !ok {
			return
		}
		checked, problem := target.CheckURL(text, b.allow)
		if problem != nil {
			d.refuse(pointer, problem.Message)
		}
		url = checked
	}
	b.change.URL = &url
}

func (b *webhookFields) headers(d *document, pointer string, value json.RawMessage) {
	headers := []store.HeaderChange{}
	before := len(d.Problems)
	d.list(pointer, value, func(d *document, pointer string, value json.RawMessage) {
		headers = append(headers, readHeaderField(d, pointer, value))
	})
	if len(d.Problems) > before {
		return // the rules of headers cannot judge a part that could not be read
	}
	for _, p := range target.CheckHeaders(headers) {
		d.refuse(pointer+"/"+strconv.Itoa(p.Line-1), p.Message)
	}
	b.change.Headers = &headers
}

// readHeaderField reads {"name":"…","value":"…"}; without value the stored one is kept.
func readHeaderField(d *document, pointer string, value json.RawMessage) store.HeaderChange {
	var h store.HeaderChange
	found := d.object(pointer, value, map[string]takeField{
		"name": func(d *document, pointer string, value json.RawMessage) { h.Name, _ = d.text(pointer, value) },
		"value": func(d *document, pointer string, value json.RawMessage) {
			if isNull(value) {
				return
			}
			if text, ok := d.text(pointer, value); ok {
				h.Value = &text
			}
		},
	})
	if value[0] == '{' && !found["name"] {
		d.refuse(pointer+"/name", "is required")
	}
	return h
}

func (b *webhookFields) eventNames(d *document, pointer string, value json.RawMessage) {
	var choice event.EventChoice
	d.list(pointer, value, func(d *document, pointer string, value json.RawMessage) {
		name, ok := d.text(pointer, value)
		if !ok {
			return
		}
		if added, problem := choice.Add(name); problem != "" {
			d.refuse(pointer, problem)
		} else if !added {
			d.refuse(pointer, "is given twice")
		}
	})
	names := choice.Names()
	b.change.EventNames = &names
}

func (b *webhookFields) rateLimit(d *document, pointer string, value json.RawMessage) {
	limit := 0.0
	if !isNull(value) {
		var ok bool
		if limit, ok = d.number(pointer, value); ok {
			if problem := target.CheckRateLimit(limit); problem != "" {
				d.refuse(pointer, problem+", or null for no limit")
			}
		}
	}
	b.change.RateLimit = &limit
}

func (b *webhookFields) filter(d *document, pointer string, value json.RawMessage) {
	b.change.Filter = new(filter.Decode(&d.Document, pointer, value))
}

func (b *webhookFields) format(d *document, pointer string, value json.RawMessage) {
	b.change.Format = new(format.Decode(&d.Document, pointer, value))
}

func (b *webhookFields) leaveOut(d *document, pointer string, value json.RawMessage) {
	b.change.LeaveOut = new(format.DecodeLeaveOut(&d.Document, pointer, value))
}

func (b *webhookFields) consent(d *document, pointer string, value json.RawMessage) {
	b.change.Consent = new(consent.Decode(&d.Document, pointer, value))
}

func (b *webhookFields) success(d *document, pointer string, value json.RawMessage) {
	b.change.Success = new(success.Decode(&d.Document, pointer, value))
}
