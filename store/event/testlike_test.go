package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const realLead = `{"event_name":"Lead","event_id":"sub-1","event_time":"2026-01-02T03:04:05.000Z","event_time_unix":1767323045,"source":"iozen",` +
	`"action_source":"website","user_data":{"email":"maria@kunde.example","phone":"+49 151 2345678"},"custom_data":{%CUSTOM%},` +
	`"source_url":"https://kunde.example/angebot?mail=maria@kunde.example"}`

func TestATestLikeARealEventKeepsItsShapeAndHidesItsPerson(t *testing.T) {
	id, now := uuid.MustParse("0193f5a0-0000-7000-8000-000000000001"), time.Date(2026, time.March, 5, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ name, custom, want string }{
		{"worth", `"value":120.50,"currency":"EUR"`, `"value":120.50,"currency":"EUR"`},
		{"a large worth", `"value":12345678.90,"currency":"EUR"`, `"value":12345678.90,"currency":"EUR"`},
		{"campaign", `"utm_source":"google"`, `"utm_source":"google"`},
		{"campaign that names the person", `"utm_term":"maria@kunde.example"`, `"utm_term":"•••"`},
		{"own text", `"message":"call me, Maria"`, `"message":"•••"`},
		{"empty text", `"message":""`, `"message":"•••"`},
		{"own flag", `"urgent":true`, `"urgent":true`},
		{"own null", `"note":null`, `"note":null`},
		{"own short number", `"rooms":4`, `"rooms":4`},
		{"own long number", `"customer":4915123456`, `"customer":1111111111`},
		{"long number with zeros", `"customer":1000000000`, `"customer":1000000000`},
		{"negative and with a fraction", `"offset":-1234567.25`, `"offset":-1111111.11`},
		{"list of texts", `"interests":["roof","maria"]`, `"interests":["•••","•••"]`},
		{"empty list", `"interests":[]`, `"interests":[]`},
		{"list of lists", `"grid":[[1,2],["x"]]`, `"grid":[[1,2],["•••"]]`},
		{"object", `"roof":{"size":120,"owner":"Maria"}`, `"roof":{"size":120,"owner":"•••"}`},
		{"empty object", `"roof":{}`, `"roof":{}`},
		{"a known name inside an object is somebody's own key", `"roof":{"utm_source":"Maria"}`, `"roof":{"utm_source":"•••"}`},
		{"objects in a list", `"items":[{"sku":"A1","price":9.99}]`, `"items":[{"sku":"•••","price":9.99}]`},
		{"click id", `"gclid":"EAIaIQobChMI8Z-Vw5m8_AIVkQ"`, `"gclid":"EAIaIQ…"`},
		{"landing page", `"landing_url":"https://kunde.example/a?m=1"`, `"landing_url":"https://kunde.example/a?•••"`},
		{"consent", `"ad_user_data":"GRANTED"`, `"ad_user_data":"GRANTED"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := string(TestLike([]byte(strings.Replace(realLead, "%CUSTOM%", test.custom, 1)), id, now))
			require.Equal(t, `{"event_name":"Lead","event_id":"test_0193f5a0-0000-7000-8000-000000000001","event_time":"2026-03-05T12:00:00.000Z",`+
				`"event_time_unix":1772712000,"source":"iozen","action_source":"website","user_data":{"email":"user@example.com","phone":"+1234567890"},`+
				`"custom_data":{`+test.want+`},"source_url":"https://kunde.example/angebot?•••"}`, got)
		})
	}
}

func TestATestWithItsPersonChangesOnlyIDAndTime(t *testing.T) {
	payload := []byte(strings.Replace(realLead, "%CUSTOM%", `"value":1.50,"message":"call me"`, 1))
	got := TestWithPerson(payload, uuid.New(), time.Now())
	var before, after map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(payload, &before))
	require.NoError(t, json.Unmarshal(got, &after))
	require.Len(t, after, len(before))
	for key, value := range before {
		switch key {
		case "event_id", "event_time", "event_time_unix":
			require.NotEqual(t, string(value), string(after[key]))
		default:
			require.Equal(t, string(value), string(after[key]))
		}
	}
	require.True(t, strings.HasPrefix(string(after["event_id"]), `"test_`))
}
