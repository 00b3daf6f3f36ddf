package event

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"iozen/store/text"
)

const (
	maxUserText    = 256  // characters of one user_data field
	maxContentName = 1024 // characters; FieldConversion carries a whole question here
	maxSourceURL   = 8192 // characters; click ids make landing addresses long
)

var eventIDPattern = regexp.MustCompile(`^[!-~]{1,128}$`)

// actionSources are the values of Meta's Conversions API.
var actionSources = []string{
	"email", "website", "app", "phone_call", "chat", "physical_store",
	"system_generated", "business_messaging", "other",
}

var (
	eventKeys = []string{
		"event_name", "event_id", "event_time", "event_time_unix", "source", "action_source",
		"user_data", "custom_data", "source_url",
	}
	userKeys = []string{"email", "phone", "first_name", "last_name", "external_id"}
)

// event decodes one event as it was given; a zero Time or ID was not given.
func (d *decoder) event(raw json.RawMessage) Event {
	var (
		e     Event
		times givenTimes
	)
	take := func(parent, name string, value json.RawMessage) {
		switch pointer := parent + "/" + name; name {
		case "event_name":
			e.Name = d.eventName(pointer, value)
		case "event_id":
			e.ID = d.eventID(pointer, value)
		case "event_time":
			times.event = d.eventTime(pointer, value)
		case "event_time_unix":
			times.unix = d.unixTime(pointer, value)
		case "source":
			d.source(pointer, value)
		case "action_source":
			e.ActionSource = d.actionSource(pointer, value)
		case "user_data":
			e.User = d.userData(pointer, value)
		case "custom_data":
			e.Custom = d.customData(pointer, value)
		case "source_url":
			e.SourceURL = d.sourceURL(pointer, value)
		}
	}
	if !d.object("", raw, eventKeys, take, d.refuseUnknown(eventKeys)) {
		return e
	}
	if e.Name == "" && !d.Refused("/event_name") {
		d.Refuse("/event_name", "is required")
	}
	e.Time = d.settleTime(times)
	return e
}

func (d *decoder) eventName(pointer string, raw json.RawMessage) string {
	name, ok := d.text(pointer, raw, maxEventName)
	if !ok {
		return name
	}
	if problem := CheckEventName(name); problem != "" {
		d.Refuse(pointer, "%s", problem)
	} else if usual := otherCase(name, usualNames); usual != "" {
		d.warn(pointer, "is %s in other letters; upper and lower case count, so it is another event than %s", usual, usual)
	}
	return name
}

func (d *decoder) eventID(pointer string, raw json.RawMessage) string {
	id, ok := d.text(pointer, raw, 128)
	if ok && !eventIDPattern.MatchString(id) {
		d.Refuse(pointer, "must be 1 to 128 visible ASCII characters")
	}
	return id
}

func (d *decoder) source(pointer string, raw json.RawMessage) {
	if s, ok := d.text(pointer, raw, maxUserText); ok && s != "iozen" {
		d.Refuse(pointer, `must be "iozen" (or left out)`)
	}
}

func (d *decoder) actionSource(pointer string, raw json.RawMessage) string {
	s, ok := d.text(pointer, raw, maxUserText)
	if ok && !slices.Contains(actionSources, s) {
		d.Refuse(pointer, "must be one of %s", strings.Join(actionSources, ", "))
	}
	return s
}

// sourceURL is where the visitor was: only its form is checked, so that it can go out byte for byte. White space around
// it is not a part of it.
func (d *decoder) sourceURL(pointer string, raw json.RawMessage) string {
	given, ok := d.text(pointer, raw, maxSourceURL)
	s := text.Trim(given)
	if !ok || s == "" {
		return ""
	}
	scheme, rest, found := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !found || (scheme != "http" && scheme != "https") || rest == "" || strings.ContainsAny(rest[:1], "/?#") {
		d.Refuse(pointer, "must be an absolute http or https URL")
		return ""
	}
	if s != given {
		d.warn(pointer, "had spaces around it; it is sent without them")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		d.warn(pointer, "has spaces or control characters; it is sent as given")
	}
	return s
}

func (d *decoder) userData(pointer string, raw json.RawMessage) UserData {
	var u UserData
	into := func(name string) *string {
		switch name {
		case "email":
			return &u.Email
		case "phone":
			return &u.Phone
		case "first_name":
			return &u.FirstName
		case "last_name":
			return &u.LastName
		}
		return &u.ExternalID
	}
	take := func(parent, name string, value json.RawMessage) {
		*into(name), _ = d.text(parent+"/"+name, value, maxUserText)
	}
	d.object(pointer, raw, userKeys, take, d.refuseUnknown(userKeys))
	if u.Email != "" && !looksLikeEmail(u.Email) {
		d.warn(pointer+"/email", "does not look like an email address; it is sent as given")
	}
	if u.Phone != "" && !looksLikePhone(u.Phone) {
		d.warn(pointer+"/phone", "does not look like a phone number; it is sent as given")
	}
	return u
}
