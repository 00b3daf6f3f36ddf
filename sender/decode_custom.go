package sender

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxMore   = 8 << 10 // bytes of the caller's own keys in custom_data, as sent
	maxDigits = 64      // characters of value
)

var (
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	phonePattern    = regexp.MustCompile(`^\+?[0-9 ().\-/]+$`)
)

var customKeys = []string{"value", "currency", "content_name"}

func (d *decoder) customData(pointer string, raw json.RawMessage) CustomData {
	var c CustomData
	take := func(p, name string, value json.RawMessage) {
		switch name {
		case "value":
			c.Value = d.value(p, value)
		case "currency":
			c.Currency = d.currency(p, value)
		case "content_name":
			c.ContentName, _ = d.text(p, value, maxContentName)
		}
	}
	more := 0
	d.object(pointer, raw, customKeys, take, func(_, name string, value json.RawMessage) {
		var compact bytes.Buffer
		_ = json.Compact(&compact, value) // cannot fail: the whole body was checked
		c.More = append(c.More, Member{Name: name, JSON: compact.Bytes()})
		more += len(name) + compact.Len() + len(`"":,`)
	})
	if more > maxMore {
		d.refuse(pointer, "keys of your own may take 8 KiB in all, these take %d bytes", more)
	}
	if c.Value != "" && c.Currency == "" && !d.refused(pointer+"/currency") {
		d.refuse(pointer+"/currency", "is required with value")
	}
	return c
}

// value keeps the digits as they came: 10.00 stays 10.00.
func (d *decoder) value(pointer string, raw json.RawMessage) json.Number {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		d.refuse(pointer, "must be a number")
		return ""
	}
	number := json.Number(raw)
	amount, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case amount < 0:
		d.refuse(pointer, "must be 0 or more")
	case err != nil || len(number) > maxDigits:
		d.refuse(pointer, "is too large a number")
	}
	return number
}

func (d *decoder) currency(pointer string, raw json.RawMessage) string {
	code, ok := d.text(pointer, raw, maxUserText)
	if !ok {
		return code
	}
	switch {
	case !currencyPattern.MatchString(code):
		d.refuse(pointer, "must be three capital letters, such as USD")
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
