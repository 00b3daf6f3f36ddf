package format

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"iozen/store/event/field"
	"iozen/store/strictjson"
)

// metaCustom are the keys of custom_data that Meta documents. The caller's own keys may hold what a visitor typed, which
// Meta refuses to be sent in clear, so they stay here.
var metaCustom = []string{
	"value", "currency", "content_name", "content_category", "content_ids", "contents", "content_type", "order_id",
	"predicted_ltv", "num_items", "search_string", "status", "delivery_category", "lead_event_source", "event_source",
}

// metaUser are the keys of Meta's user_data with our field of each. What identifies a person is hashed; what belongs to
// the browser must not be.
var metaUser = []struct {
	name      string
	path      field.Path
	normalize func(string) string // nil: sent as it is
}{
	{"em", field.Must("user_data.email"), metaEmail},
	{"ph", field.Must("user_data.phone"), metaPhone},
	{"fn", field.Must("user_data.first_name"), metaName},
	{"ln", field.Must("user_data.last_name"), metaName},
	{"external_id", field.Must("user_data.external_id"), metaID},
	{"client_ip_address", field.Must("custom_data.client_ip_address"), nil},
	{"client_user_agent", field.Must("custom_data.client_user_agent"), nil},
	{"fbp", field.Must("custom_data.fbp"), nil},
}

var (
	eventTime     = field.Must("event_time")
	eventTimeUnix = field.Must("event_time_unix")
	customFBC     = field.Must("custom_data.fbc")
	referrerURL   = field.Must("custom_data.referrer_url")
	landingURL    = field.Must("custom_data.landing_url")
	// clickIDs are where Meta's click id may be, the surest first.
	clickIDs = []field.Path{field.Must("custom_data.fbclid"), field.Must("source_url.query.fbclid")}
)

// metaEvent are the keys of an event with our field of each.
var metaEvent = []struct {
	name string
	path field.Path
}{
	{"event_name", eventName},
	{"event_time", eventTimeUnix},
	{"event_id", field.Must("event_id")},
	{"event_source_url", field.Must("source_url")},
	{"referrer_url", referrerURL},
	{"action_source", field.Must("action_source")},
}

// metaCAPI writes an event as Meta's Conversions API documents it.
func (f *Format) metaCAPI(e field.Event) ([]byte, error) {
	w := newWriter()
	w.key("data")
	w.buf = append(w.buf, '[', '{')
	for _, key := range metaEvent {
		if value, ok := e.Value(key.path); ok {
			w.raw(key.name, value)
		}
	}
	w.object("user_data", func() { metaUserData(w, e) })
	w.object("custom_data", func() {
		for _, member := range e.Custom() {
			if slices.Contains(metaCustom, member.Name) && !strictjson.IsNothing(member.JSON) {
				w.raw(member.Name, member.JSON)
			}
		}
	})
	w.buf = append(w.buf, '}', ']')
	if f.settings.TestEventCode != "" {
		w.text("test_event_code", f.settings.TestEventCode)
	}
	return w.end(), nil
}

func metaUserData(w *writer, e field.Event) {
	for _, key := range metaUser {
		text, ok := e.Text(key.path)
		switch {
		case !ok:
		case key.normalize == nil:
			w.text(key.name, text)
		default:
			if hash := metaHash(text, key.normalize); hash != "" {
				w.raw(key.name, json.RawMessage(`["`+hash+`"]`))
			}
		}
	}
	if fbc := metaClickID(e); fbc != "" {
		w.text("fbc", fbc)
	}
}

// metaClickID is the event's fbc, or one made of its fbclid and its time, as Meta documents it for servers that have no
// cookie.
func metaClickID(e field.Event) string {
	if fbc, ok := e.Text(customFBC); ok {
		return fbc
	}
	for _, path := range clickIDs {
		if fbclid, ok := e.Text(path); ok {
			return fbcOf(e, fbclid)
		}
	}
	if landing, ok := e.Text(landingURL); ok {
		if fbclid, ok := field.Parameter(landing, "fbclid"); ok && fbclid != "" {
			return fbcOf(e, fbclid)
		}
	}
	return ""
}

func fbcOf(e field.Event, fbclid string) string {
	text, _ := e.Text(eventTime)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return "fb.1." + strconv.FormatInt(at.UnixMilli(), 10) + "." + fbclid
}
