package event

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/mask"
	"iozen/store/person"
	"iozen/store/strictjson"
)

// TestID is the event id of a test, by which its body tells what it is.
func TestID(id uuid.UUID) string { return "test_" + id.String() }

// TestLike is a test event in the shape of a real one: the same keys in the same order, with a test's id, and now. The
// person is that of the example, whose email a receiver takes for one, and what else may say who it was is masked.
func TestLike(payload []byte, id uuid.UUID, now time.Time) []byte {
	known := personIn(payload)
	return asTest(payload, id, now, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "user_data":
			return maskObject(value, exampleUser)
		case "custom_data":
			return maskObject(value, func(name string, value json.RawMessage) json.RawMessage { return shapeOnly(known, name, value) })
		case "source_url":
			return maskText(value, func(text string) string { return maskURL(known, text) })
		}
		return value
	})
}

// TestWithPerson is a test event that says all that a real one said, but for its id and its time.
func TestWithPerson(payload []byte, id uuid.UUID, now time.Time) []byte {
	return asTest(payload, id, now, func(_ string, value json.RawMessage) json.RawMessage { return value })
}

func asTest(payload []byte, id uuid.UUID, now time.Time, part func(name string, value json.RawMessage) json.RawMessage) []byte {
	return maskObject(payload, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "event_id":
			return strictjson.AppendString(nil, TestID(id))
		case "event_time":
			return strictjson.AppendString(nil, now.UTC().Format(timeLayout))
		case "event_time_unix":
			return strconv.AppendInt(nil, now.Unix(), 10)
		}
		return part(name, value)
	})
}

// exampleUser is what the example's person has under a key of user_data.
func exampleUser(name string, value json.RawMessage) json.RawMessage {
	e := ExampleEvent().User
	e.ExternalID = testExternalID
	example := map[string]string{
		"email": e.Email, "phone": e.Phone, "first_name": e.FirstName, "last_name": e.LastName, "external_id": e.ExternalID,
	}
	text, ok := example[name]
	if !ok {
		return maskUser(name, value)
	}
	return strictjson.AppendString(nil, text)
}

// shapeOnly masks a value of custom_data so that it stays of its kind: a list stays a list, a long number a number of as many
// digits.
func shapeOnly(known *mask.Mask, name string, value json.RawMessage) json.RawMessage {
	switch {
	case value[0] == '{':
		return maskObject(value, func(inner string, value json.RawMessage) json.RawMessage {
			return shapeOnly(known, name+"."+inner, value)
		})
	case value[0] == '[':
		list := []byte{'['}
		strictjson.Elements(value, func(element json.RawMessage) bool {
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = append(list, shapeOnly(known, name+".", element)...)
			return true
		})
		return append(list, ']')
	case isLongNumber(value) && name != "value":
		return bytes.Map(func(r rune) rune {
			if r >= '1' && r <= '9' {
				return '1'
			}
			return r
		}, value)
	}
	return maskCustom(known, name, value)
}

// MaskedPersonIn is what lists show of the person of an event; never "".
func MaskedPersonIn(payload []byte) string {
	u := UserIn(payload)
	return cmp.Or(store.MaskedPerson(u.Email, u.Phone), person.Mask)
}

// UserIn is who an event's bytes are about; what they lack is "".
func UserIn(payload []byte) (u UserData) {
	fields := map[string]*string{"email": &u.Email, "phone": &u.Phone, "first_name": &u.FirstName, "last_name": &u.LastName, "external_id": &u.ExternalID}
	eachMember(payload, func(name string, value json.RawMessage) {
		if name != "user_data" {
			return
		}
		eachMember(value, func(name string, value json.RawMessage) {
			if field := fields[name]; field != nil && value[0] == '"' {
				*field = strictjson.Unquote(value)
			}
		})
	})
	return u
}
