// Package consent decides what an endpoint may be sent of an event whose visitor has, or has not, agreed that advertisers
// get their data (custom_data.ad_user_data, as Google's consent mode names it). It is asked again at every send.
//
// Its functions are pure.
package consent

import (
	"bytes"
	"encoding/json"
	"strings"

	"iozen/store/event"
	"iozen/store/event/field"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// Act is what a consent rule did with an event.
type Act string

// What a consent rule can do.
const (
	Sent     Act = ""         // nothing: the event is sent as it is
	Stripped Act = "stripped" // the event is sent without personal data
	HeldBack Act = "held"     // the event is not sent
)

// Words say which rule acted, for the log; "" if none did.
func (a Act) Words() string {
	switch a {
	case Stripped:
		return "its consent rule: personal data was left out, because ad_user_data is not granted"
	case HeldBack:
		return "its consent rule: ad_user_data is not granted"
	}
	return ""
}

// Apply does to an event what the rule says, and tells what that was. What is sent as it is are the same bytes; of what is
// held back there are none.
func Apply(rule option.Consent, payload []byte) ([]byte, Act) {
	if rule == option.ConsentAlways || Granted(payload) {
		return payload, Sent
	}
	if rule == option.ConsentStrip {
		return event.WithoutPersonalData(payload), Stripped
	}
	return nil, HeldBack // also of a rule that nobody knows: better nothing than too much
}

// Granted says whether an event carries the visitor's consent: "granted" in any case, or true.
func Granted(payload []byte) bool {
	if !bytes.Contains(payload, []byte("ad_user_data")) && !bytes.ContainsRune(payload, '\\') { // a name may be escaped
		return false
	}
	e, err := field.Read(payload)
	if err != nil {
		return false
	}
	value, ok := e.Value(adUserData)
	return ok && (string(value) == "true" || value[0] == '"' && strings.EqualFold(strictjson.Unquote(value), "granted"))
}

var adUserData = field.Must("custom_data.ad_user_data")

// Decode reads a consent rule from a document; null is the usual one.
func Decode(d *strictjson.Document, pointer string, raw json.RawMessage) option.Consent {
	if strictjson.IsNull(raw) {
		return option.ConsentAlways
	}
	switch text, ok := d.Text(pointer, raw); {
	case !ok || text == "always":
	case text == string(option.ConsentStrip) || text == string(option.ConsentRequire):
		return option.Consent(text)
	default:
		d.Refuse(pointer, "must be always, strip or require")
	}
	return option.ConsentAlways
}
