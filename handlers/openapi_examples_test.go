package handlers

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store/event"
	"iozen/store/strictjson"
)

// TestTheExamplesFitTheirSchemas reads every example of the document as its schema does.
func TestTheExamplesFitTheirSchemas(t *testing.T) {
	d := loadDocument(t)
	found := 0
	eachMedia(d.root, "", func(media map[string]any, pointer string) {
		for _, example := range examplesOf(media) {
			d.fits(pointer+"/schema", example, pointer)
			found++
		}
	})
	require.Greater(t, found, 10)
}

// eachMedia visits everything in the document that has a schema and examples for it: bodies, answers, parameters.
func eachMedia(node any, pointer string, visit func(media map[string]any, pointer string)) {
	switch node := node.(type) {
	case map[string]any:
		if _, isMedia := node["schema"].(map[string]any); isMedia {
			visit(node, pointer)
		}
		for name, value := range node {
			eachMedia(value, strictjson.Pointer(pointer, name), visit)
		}
	case []any:
		for i, value := range node {
			eachMedia(value, pointer+"/"+strconv.Itoa(i), visit)
		}
	}
}

// examplesOf are the values of "example" and "examples".
func examplesOf(media map[string]any) (found [][]byte) {
	add := func(value any) {
		text, err := json.Marshal(value)
		if err == nil { // it was JSON before
			found = append(found, text)
		}
	}
	if value, ok := media["example"]; ok {
		add(value)
	}
	named, _ := media["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		add(named[name].(map[string]any)["value"])
	}
	return found
}

func TestWhatIsSentFitsTheDocument(t *testing.T) {
	d := loadDocument(t)
	const payload = "/webhooks/event/post/requestBody/content/application~1json/schema"
	d.fits(payload, event.ExampleEvent().Payload(), "the example")
	d.fits(payload, event.TestEvent("Lead", uuid.New(), time.Now()).Payload(), "the test event")
	d.fits(payload, event.Event{Name: "Lead", ID: "1", Time: time.Now()}.Payload(), "the least")
}

// TestTheDocumentRefusesWhatTheServerRefuses keeps both from drifting apart on the commonest mistakes.
func TestTheDocumentRefusesWhatTheServerRefuses(t *testing.T) {
	d := loadDocument(t)
	ta := newAPITest(t)
	schema, err := d.compiler.Compile("openapi.json#/components/schemas/Event")
	require.NoError(t, err)
	for _, body := range []string{
		`{}`, `{"event_name":""}`, `{"event_name":"Lead","event_nme":"x"}`, `{"event_name":5}`, `{"event_name":"Lead","event_id":"a b"}`,
		`{"event_name":"Lead","source":"other"}`, `{"event_name":"Lead","action_source":"web"}`, `{"event_name":"Lead","user_data":{"mail":"x"}}`,
		`{"event_name":"Lead","custom_data":{"value":-1,"currency":"USD"}}`, `{"event_name":"Lead","custom_data":{"currency":"usd"}}`,
		`{"event_name":"Lead","user_data":{"email":"` + strings.Repeat("x", 257) + `"}}`,
	} {
		var value any
		require.NoError(t, json.Unmarshal([]byte(body), &value))
		require.Error(t, schema.Validate(value), body)
		ta.refused("POST", ta.at("/events"), body, 422)
	}
}
