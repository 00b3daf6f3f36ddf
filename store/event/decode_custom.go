package event

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"iozen/store/strictjson"
)

const (
	maxMore   = 8 << 10 // bytes of the caller's own keys in custom_data, as sent
	maxDepth  = 32      // objects and arrays inside one another, custom_data itself included
	maxDigits = 40      // of any number; more is a mistake, and more than a few thousand cannot be read everywhere
)

var (
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	phonePattern    = regexp.MustCompile(`^\+?[0-9 ().\-/]+$`)
)

var customKeys = []string{"value", "currency", "content_name"}

func (d *decoder) customData(pointer string, raw json.RawMessage) CustomData {
	var c CustomData
	take := func(parent, name string, value json.RawMessage) {
		switch pointer := parent + "/" + name; name {
		case "value":
			c.Value = d.value(pointer, value)
		case "currency":
			c.Currency = d.currency(pointer, value)
		case "content_name":
			c.ContentName, _ = d.text(pointer, value, maxContentName)
		}
	}
	more := 0
	d.object(pointer, raw, customKeys, take, func(parent, name string, value json.RawMessage) {
		m := d.member(parent, name, value)
		c.More = append(c.More, m)
		more += len(m.Name) + len(m.JSON) + len(`"":,`)
	})
	if more > maxMore {
		d.Refuse(pointer, "keys of your own may take 8 KiB in all, these take %d bytes", more)
	}
	if c.Value != "" && c.Currency == "" && !d.Refused(pointer+"/currency") {
		d.Refuse(pointer+"/currency", "is required with value")
	}
	return c
}

// member takes a key of the caller's own as it was written, within what every receiver can read.
func (d *decoder) member(parent, name string, value json.RawMessage) Member {
	var (
		compact json.RawMessage = value
		shape   strictjson.Shape
	)
	if !strictjson.IsPlain(value) {
		compact, shape = strictjson.Compact(make([]byte, 0, len(value)), value)
	}
	if shape.Depth >= maxDepth || shape.Digits > maxDigits || shape.Huge {
		d.refuseShape(strictjson.Pointer(parent, name), value, 2) // custom_data is the first level
	}
	if shape.Halves {
		d.warnHalf(strictjson.Pointer(parent, name))
	}
	if strings.HasPrefix(name, "\x00") || bytes.Contains(value, []byte(`"\u0000`)) {
		d.refuseNames(strictjson.Pointer(parent, name), name, value)
	}
	if strings.ContainsRune(name, utf8.RuneError) {
		d.warn(strictjson.Pointer(parent, name), "has U+FFFD in its name, as half of a surrogate pair becomes; it is sent like that")
	}
	return Member{Name: name, JSON: compact}
}

// refuseShape names each place in a value that is too deep, and each number that is too long or too large.
func (d *decoder) refuseShape(pointer string, value json.RawMessage, depth int) {
	switch {
	case strictjson.IsNumber(value):
		d.number(pointer, value)
	case value[0] != '{' && value[0] != '[':
	case depth > maxDepth:
		d.Refuse(pointer, "is nested deeper than %d levels, which not every receiver can read", maxDepth)
	case value[0] == '[':
		d.List(pointer, value, func(pointer string, element json.RawMessage) { d.refuseShape(pointer, element, depth+1) })
	default:
		strictjson.Members(value, func(key, member json.RawMessage) bool {
			d.refuseShape(strictjson.Pointer(pointer, strictjson.Unquote(key)), member, depth+1)
			return len(d.Problems) < strictjson.MaxProblems
		})
	}
}

// refuseNames refuses names that begin with U+0000, of a key and in its value: PHP makes no object of them.
func (d *decoder) refuseNames(pointer, name string, value json.RawMessage) {
	if strings.HasPrefix(name, "\x00") {
		d.Refuse(pointer, "has a name that begins with U+0000, which not every receiver can read")
		return
	}
	switch value[0] {
	case '[':
		d.List(pointer, value, func(pointer string, element json.RawMessage) { d.refuseNames(pointer, "", element) })
	case '{':
		strictjson.Members(value, func(key, member json.RawMessage) bool {
			name := strictjson.Unquote(key)
			d.refuseNames(strictjson.Pointer(pointer, name), name, member)
			return len(d.Problems) < strictjson.MaxProblems
		})
	}
}

// number refuses a number that not every receiver can read.
func (d *decoder) number(pointer string, raw json.RawMessage) {
	switch digits := strictjson.Digits(raw); {
	case digits > maxDigits:
		d.Refuse(pointer, "must have at most %d digits, this has %d; send it as a string", maxDigits, digits)
	case strictjson.IsHuge(raw):
		d.Refuse(pointer, "is too large a number; send it as a string")
	}
}

// value keeps the digits as they came: 10.00 stays 10.00.
func (d *decoder) value(pointer string, raw json.RawMessage) json.Number {
	if !strictjson.IsNumber(raw) {
		d.Refuse(pointer, "must be a number")
		return ""
	}
	amount, err := strconv.ParseFloat(string(raw), 64)
	if amount < 0 {
		d.Refuse(pointer, "must be 0 or more")
	} else if err != nil || len(raw) > maxDigits {
		d.number(pointer, raw)
	}
	return json.Number(raw)
}

func (d *decoder) currency(pointer string, raw json.RawMessage) string {
	code, ok := d.text(pointer, raw, maxUserText)
	if !ok {
		return code
	}
	switch {
	case !currencyPattern.MatchString(code):
		d.Refuse(pointer, "must be three capital letters, such as USD")
	case !isCurrency(code):
		d.warn(pointer, "%s is not a currency of ISO 4217; it is sent as given", code)
	}
	return code
}

func looksLikeEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s
}

func looksLikePhone(s string) bool {
	digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return -1
	}, s), "0")
	return phonePattern.MatchString(s) && digits >= 5 && digits <= 15
}
