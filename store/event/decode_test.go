package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/strictjson"
)

var decodeNow = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// countingIDs makes ids that a test can foresee.
func countingIDs() func() uuid.UUID {
	n := byte(0)
	return func() uuid.UUID { n++; return uuid.UUID{6: 0x70, 8: 0x80, 15: n} }
}

func decode(body string) ([]store.NewDelivery, []store.Warning, []Problem) {
	return DecodeEvents([]byte(body), decodeNow, countingIDs())
}

// sourceSample is the payload of the product's documentation, as it stands.
const sourceSample = `{
  "event_name": "Lead",
  "event_id": "unique-event-id",
  "event_time": "2026-03-05T12:00:00.000Z",
  "event_time_unix": 1772827200,
  "source": "iozen",
  "action_source": "website",
  "user_data": {
    "email": "user@example.com",
    "phone": "+1234567890",
    "first_name": "Jane",
    "last_name": "Doe",
    "external_id": "submission-id"
  },
  "custom_data": {
    "value": 100,
    "currency": "USD",
    "content_name": "Lead"
  },
  "source_url": "https://example.com/landing-page"
}`

func TestTheSourcesOwnSampleIsAccepted(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 1, 0, time.UTC)
	deliveries, warnings, problems := DecodeEvents([]byte(sourceSample), now, countingIDs())
	require.Empty(t, problems)
	require.Equal(t, []store.Warning{{Pointer: "/event_time_unix", Message: "differs from event_time (1772712000); event_time is used"}}, warnings)
	require.Len(t, deliveries, 1)
	d := deliveries[0]
	require.Equal(t, string(ExampleEvent().Payload()), string(d.Payload))
	require.Equal(t, "unique-event-id", d.EventID)
	require.Equal(t, "user@example.com", d.Email)
	require.Equal(t, "+1234567890", d.Phone)
	require.Equal(t, "submission-id", d.ExternalID)
	require.Equal(t, warnings, d.Warnings)
}

func TestDefaults(t *testing.T) {
	deliveries, warnings, problems := decode(`{"event_name":"Lead"}`)
	require.Empty(t, problems)
	require.Empty(t, warnings)
	require.Equal(t, decodeNow, deliveries[0].EventTime)
	require.Equal(t, `{"event_name":"Lead","event_id":"00000000-0000-7000-8000-000000000001","event_time":"2026-11-24T09:30:00.000Z",`+
		`"event_time_unix":1795512600,"source":"iozen","action_source":"website"}`, string(deliveries[0].Payload))
	require.NotEqual(t, deliveries[0].EventID, deliveries[0].ID.String())
}

func TestWhatIsGivenGoesOut(t *testing.T) {
	for given, sent := range map[string]string{
		`"custom_data":{"value":14.99,"currency":"USD"}`:                  `"custom_data":{"value":14.99,"currency":"USD"}`,
		`"custom_data":{"value":10.00,"currency":"USD"}`:                  `"custom_data":{"value":10.00,"currency":"USD"}`,
		`"custom_data":{"value":12345678901234567890,"currency":"USD"}`:   `"custom_data":{"value":12345678901234567890,"currency":"USD"}`,
		`"custom_data":{"b": [1,  2.50],"a":{"x" :1},"content_name":"é"}`: `"custom_data":{"content_name":"é","b":[1,2.50],"a":{"x":1}}`,
		`"custom_data":{"utm_source":"a\u0026b<c>","gclid":null}`:         `"custom_data":{"utm_source":"a\u0026b<c>","gclid":null}`,
		`"custom_data":{},"user_data":{"email":"","phone":null}`:          ``,
		`"user_data":{"first_name":"\u003cZo\u00eb\u003e"}`:               `"user_data":{"first_name":"<Zoë>"}`,
		`"source_url":"https://x.example/?a=b&c#d"`:                       `"source_url":"https://x.example/?a=b&c#d"`,
		`"action_source":"phone_call"`:                                    ``,
		`"action_source":null,"source":"iozen"`:                           ``,
	} {
		deliveries, _, problems := decode(`{"event_name":"Lead",` + given + `}`)
		require.Empty(t, problems, given)
		payload := string(deliveries[0].Payload)
		require.True(t, json.Valid(deliveries[0].Payload), payload)
		_, after, _ := strings.Cut(payload, `"action_source":"`)
		_, after, _ = strings.Cut(after, `"`)
		require.Equal(t, strings.TrimSuffix(","+sent, ",")+"}", after, given)
	}
}

func TestEventTimes(t *testing.T) {
	for given, want := range map[string]string{
		`"2026-11-24T09:00:00Z"`:            "2026-11-24T09:00:00.000Z",
		`"2026-11-24t10:00:00.9999+01:00"`:  "2026-11-24T09:00:00.999Z",
		`"2026-11-24T9:00:00,5z"`:           "2026-11-24T09:00:00.500Z", // not by the book, and clear
		`1795510800`:                        "2026-11-24T09:00:00.000Z",
		`1795510800.123`:                    "2026-11-24T09:00:00.123Z",
		`1795510800,"event_time_unix":1`:    "2026-11-24T09:00:00.000Z",
		`null,"event_time_unix":1795510800`: "2026-11-24T09:00:00.000Z",
		`"2026-11-24T09:45:00Z"`:            "2026-11-24T09:45:00.000Z", // ahead: taken, with a warning
		`"2000-01-01T00:00:00Z"`:            "2000-01-01T00:00:00.000Z", // old: taken, with a warning
	} {
		deliveries, _, problems := decode(`{"event_name":"Lead","event_time":` + given + `}`)
		require.Empty(t, problems, given)
		require.Contains(t, string(deliveries[0].Payload), fmt.Sprintf(`"event_time":%q,"event_time_unix":%d,`, want, deliveries[0].EventTime.Unix()))
		require.Equal(t, want, deliveries[0].EventTime.Format(timeLayout))
	}
}

func TestRefused(t *testing.T) {
	long := strings.Repeat("x", 257)
	for body, want := range map[string][2]string{
		`{"event_name":"Lead","event_nme":"x"}`:     {"/event_nme", "unknown key; keys of your own go into custom_data"},
		`{"event_name":"Lead","eventId":"x"}`:       {"/eventId", "unknown key; did you mean event_id?"},
		`{"event_name":"Lead","a/b~":"x"}`:          {"/a~1b~0", "unknown key; keys of your own go into custom_data"},
		`{"event_name":"Lead","event_name":"Lead"}`: {"/event_name", "is given twice"},
		`{}`:                                                                            {"/event_name", "is required"},
		`{"event_name":null}`:                                                           {"/event_name", "is required"},
		`{"event_name":5}`:                                                              {"/event_name", "must be a string"},
		`{"event_name":""}`:                                                             {"/event_name", "is required"},
		`{"event_name":[]}`:                                                             {"/event_name", "is required"},
		`{"event_name":"Form\u2011Submit"}`:                                             {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is another dash (U+2011); use -"},
		`{"event_name":"Form\u00a0Submit"}`:                                             {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is another kind of space (U+00A0); use a plain one"},
		`{"event_name":"Lead\u200b"}`:                                                   {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is an invisible one (U+200B)"},
		`{"event_name":"Lead\n"}`:                                                       {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is another kind of space (U+000A); use a plain one"},
		`{"event_name":"Lead/1"}`:                                                       {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is / (U+002F)"},
		`{"event_name":"Lead\ud83d"}`:                                                   {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 5 is � (U+FFFD)"},
		`{"event_name":" Lead"}`:                                                        {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside)"},
		`{"event_name":"Léad"}`:                                                         {"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 2 is é (U+00E9)"},
		`{"event_name":"` + strings.Repeat("x", 65) + `"}`:                              {"/event_name", "must have at most 64 characters, this has 65"},
		`{"event_name":"Lead","event_id":"a b"}`:                                        {"/event_id", "must be 1 to 128 visible ASCII characters"},
		`{"event_name":"Lead","event_id":1}`:                                            {"/event_id", "must be a string"},
		`{"event_name":"Lead","source":"other"}`:                                        {"/source", `must be "iozen" (or left out)`},
		`{"event_name":"Lead","action_source":"web"}`:                                   {"/action_source", "must be one of email, website, app, phone_call, chat, physical_store, system_generated, business_messaging, other"},
		`{"event_name":"Lead","source_url":"/landing"}`:                                 {"/source_url", "must be an absolute http or https URL"},
		`{"event_name":"Lead","source_url":"ftp://x"}`:                                  {"/source_url", "must be an absolute http or https URL"},
		`{"event_name":"Lead","source_url":"https:///x"}`:                               {"/source_url", "must be an absolute http or https URL"},
		`{"event_name":"Lead","user_data":[1]}`:                                         {"/user_data", "must be an object"},
		`{"event_name":"Lead","nothing":null}`:                                          {"/nothing", "unknown key; keys of your own go into custom_data"},
		`{"event_name":"Lead","user_data":"jane"}`:                                      {"/user_data", "must be an object"},
		`{"event_name":"Lead","user_data":{"email":["a@b.example"]}}`:                   {"/user_data/email", "must be a string"},
		`{"event_name":"Lead","custom_data":{"value":{"a":1},"currency":"USD"}}`:        {"/custom_data/value", "must be a number"},
		`{"event_name":"Lead","custom_data":{"value":false,"currency":"USD"}}`:          {"/custom_data/value", "must be a number"},
		`{"event_name":"Lead","user_data":{"mail":"x"}}`:                                {"/user_data/mail", "unknown key; keys of your own go into custom_data"},
		`{"event_name":"Lead","user_data":{"phone":49123}}`:                             {"/user_data/phone", "must be a string"},
		`{"event_name":"Lead","user_data":{"email":"` + long + `"}}`:                    {"/user_data/email", "must have at most 256 characters, this has 257"},
		`{"event_name":"Lead","custom_data":"x"}`:                                       {"/custom_data", "must be an object"},
		`{"event_name":"Lead","custom_data":{"value":"1","currency":"USD"}}`:            {"/custom_data/value", "must be a number"},
		`{"event_name":"Lead","custom_data":{"value":-1,"currency":"USD"}}`:             {"/custom_data/value", "must be 0 or more"},
		`{"event_name":"Lead","custom_data":{"value":1e999,"currency":"USD"}}`:          {"/custom_data/value", "is too large a number; send it as a string"},
		`{"event_name":"Lead","custom_data":{"value":1}}`:                               {"/custom_data/currency", "is required with value"},
		`{"event_name":"Lead","custom_data":{"value":1,"currency":"usd"}}`:              {"/custom_data/currency", "must be three capital letters, such as USD"},
		`{"event_name":"Lead","custom_data":{"value":1,"currency":5}}`:                  {"/custom_data/currency", "must be a string"},
		`{"event_name":"Lead","custom_data":{"x":1,"x":1}}`:                             {"/custom_data/x", "is given twice"},
		`{"event_name":"Lead","custom_data":{"x":"` + strings.Repeat("x", 8190) + `"}}`: {"/custom_data", "keys of your own may take 8 KiB in all, these take 8197 bytes"},
		`"Lead"`:                    {"", "must be an object"},
		`null`:                      {"", "must be an object"},
		`[]`:                        {"", "the array holds no event"},
		`[{"event_name":"Lead"},7]`: {"/1", "must be an object"},
		`[{"event_name":"Lead"},{"x":1,"event_name":"Lead"}]`: {"/1/x", "unknown key; keys of your own go into custom_data"},
	} {
		deliveries, warnings, problems := decode(body)
		require.Equal(t, []Problem{{Pointer: want[0], Message: want[1]}}, problems, body)
		require.Empty(t, deliveries)
		require.Empty(t, warnings)
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	_, _, problems := decode(`[{"event_name":5,"x":1,"custom_data":{"value":-1}},{"event_id":"a b"}]`)
	pointers := make([]string, len(problems))
	for i, p := range problems {
		pointers[i] = p.Pointer
	}
	require.Equal(t, []string{"/0/event_name", "/0/x", "/0/custom_data/value", "/0/custom_data/currency", "/1/event_id", "/1/event_name"}, pointers)

	_, _, problems = decode(`[` + strings.Repeat(`{},`, 1000) + `{}]`)
	require.Equal(t, []Problem{{Message: "an array holds at most 1000 events"}}, problems)

	_, _, problems = decode(`[` + strings.Repeat(`{"a":1,"b":2},`, 999) + `{}]`)
	require.Len(t, problems, strictjson.MaxProblems)
}

func TestNotJSON(t *testing.T) {
	for _, body := range []string{``, ` `, `{`, `{"event_name":"Lead"} x`, `{'a':1}`, "{\"event_name\":\"\xff\"}", strings.Repeat("[", 20000)} {
		_, _, problems := decode(body)
		require.Len(t, problems, 1)
		require.True(t, problems[0].Syntax, "%.60s", body)
		require.Contains(t, problems[0].Message, "not")
	}
}

func TestOddContentsAreTakenWithAWarning(t *testing.T) {
	for given, want := range map[string]store.Warning{
		`"user_data":{"email":"jane at example"}`:    {Pointer: "/user_data/email", Message: "does not look like an email address; it is sent as given"},
		`"user_data":{"phone":"call me"}`:            {Pointer: "/user_data/phone", Message: "does not look like a phone number; it is sent as given"},
		`"custom_data":{"value":1,"currency":"ZZZ"}`: {Pointer: "/custom_data/currency", Message: "ZZZ is not a currency of ISO 4217; it is sent as given"},
		`"event_time":"2026-11-24T09:41:00Z"`:        {Pointer: "/event_time", Message: "is more than 10 minutes ahead; it is sent as given"},
		`"event_time":"2026-11-17T09:00:00Z"`:        {Pointer: "/event_time", Message: "is more than 7 days ago; it is sent as given"},
		`"source_url":"https://x.example/?q=a b"`:    {Pointer: "/source_url", Message: "has spaces or control characters; it is sent as given"},
	} {
		deliveries, warnings, problems := decode(`[{"event_name":"A"},{"event_name":"Lead",` + given + `}]`)
		require.Empty(t, problems, given)
		require.Equal(t, []store.Warning{{Pointer: "/1" + want.Pointer, Message: want.Message}}, warnings)
		require.Equal(t, []store.Warning{want}, deliveries[1].Warnings)
		require.Empty(t, deliveries[0].Warnings)
	}
	_, warnings, _ := decode(`{"event_name":"Lead","user_data":{"email":"jane+x@example.co.uk","phone":"+49 (30) 123-456/7"},"custom_data":{"value":0,"currency":"XCG"}}`)
	require.Empty(t, warnings)
}
