package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"
)

// answerJSON answers a program. Like the payloads, answers are JSON as JSON.stringify writes it: only what has to be
// escaped is escaped.
func answerJSON(c echo.Context, status int, answer any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		return fmt.Errorf("encode answer of %s: %w", c.Path(), err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSONBlob(status, body.Bytes())
}

// instant is a time on the wire: RFC 3339 in UTC with three decimals; the zero time is null.
type instant time.Time

// MarshalJSON writes the time, or null.
func (i instant) MarshalJSON() ([]byte, error) {
	at := time.Time(i)
	if at.IsZero() {
		return []byte("null"), nil
	}
	return []byte(at.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// orNull is null for a zero value that means "none".
func orNull[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// orEmpty is [] for a nil list, so that programs never have to check whether a list is present.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
