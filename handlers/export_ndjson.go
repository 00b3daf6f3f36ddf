package handlers

import (
	"encoding/json"
	"fmt"
	"io"

	"iozen/store"
)

// exportLine is one delivery of an NDJSON export: what the API's lists say of it, and its payload.
type exportLine struct {
	deliveryAnswer
	Payload json.RawMessage `json:"payload"`
}

func exportNDJSON(w io.Writer) (func(store.Delivery) error, func() error) {
	write := func(d store.Delivery) error {
		line, err := json.Marshal(exportLine{answerOfDelivery(d), d.Payload})
		if err != nil {
			return fmt.Errorf("encode delivery %s: %w", d.ID, err)
		}
		_, err = w.Write(append(line, '\n'))
		return err
	}
	return write, func() error { return nil }
}
