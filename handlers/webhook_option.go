package handlers

import (
	"encoding/json"
	"strings"

	"iozen/store/strictjson"
)

// asTheAPI reads an option as it was typed by the rules of the API: what the API would be sent for it is decoded.
func asTheAPI[T any](typed T, decode func(*strictjson.Document, string, json.RawMessage) T) (T, []strictjson.Problem) {
	raw, err := json.Marshal(typed)
	if err != nil {
		return typed, []strictjson.Problem{{Message: "it cannot be read"}}
	}
	var d strictjson.Document
	return decode(&d, "", raw), d.Problems
}

// problemTexts word problems for a note that names no part of the option.
func problemTexts(problems []strictjson.Problem) (texts []string) {
	for _, p := range problems {
		message := p.Message
		if strings.HasPrefix(message, "is ") || strings.HasPrefix(message, "must ") {
			message = "it " + message
		}
		texts = append(texts, message)
	}
	return texts
}

func refuseTexts(texts []string) *refusal { return &refusal{message: texts[0], texts: texts} }
