package handlers

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestSettingsAreReadAndSentBack(t *testing.T) {
	ta := newAPITest(t)
	fresh := ta.api("GET", ta.at("/webhook"), ta.key, "")
	require.Equal(t, `"1"`, fresh.Header().Get("ETag"))
	require.JSONEq(t, `{"n":1,"name":null,"enabled":false,"url":null,"headers":[],"event_names":[],"rate_limit":null,"filter":null,"format":{"type":"iozen"},"leave_out":[],"consent":"always","success":null,"version":1,"settles_at":null,"switched_off":null}`,
		fresh.Body.String())

	res := ta.api("PUT", ta.at("/webhook"), ta.key, `{"enabled":true,"url":"https://CRM.example:443/hook?a=b&c",
		"headers":[{"name":"Authorization","value":"Bearer secret-1234567"},{"name":"X-Plan","value":"<b>"}],"event_names":["Lead","Form sent"],"rate_limit":2.5}`)
	require.Equal(t, `"2"`, res.Header().Get("ETag"))
	const want = `{"n":1,"name":null,"enabled":true,"url":"https://crm.example/hook?a=b&c","headers":[{"name":"Authorization"},{"name":"X-Plan"}],
		"event_names":["Lead","Form sent"],"rate_limit":2.5,"filter":null,"format":{"type":"iozen"},"leave_out":[],"consent":"always","success":null,"version":2,"settles_at":null,"switched_off":null}`
	require.JSONEq(t, want, res.Body.String())

	again := ta.api("PUT", ta.at("/webhook"), ta.key, res.Body.String())
	require.JSONEq(t, want, again.Body.String(), "what was read changes nothing when it is sent back")
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(ta.bot.ID))
	require.NoError(t, err)
	require.Equal(t, []store.Header{{Name: "Authorization", Value: "Bearer secret-1234567"}, {Name: "X-Plan", Value: "<b>"}}, w.Headers)

	ta.call("PUT", ta.at("/webhook"), `{"enabled":false,"url":null}`, 200)
	require.JSONEq(t, `{"n":1,"name":null,"enabled":false,"url":null,"headers":[],"event_names":[],"rate_limit":null,"filter":null,"format":{"type":"iozen"},"leave_out":[],"consent":"always","success":null,"version":3,"settles_at":null,"switched_off":null}`,
		ta.api("GET", ta.at("/webhook"), ta.key, "").Body.String())
}

func TestAChangeThroughTheAPICountsAtOnce(t *testing.T) {
	ta := newAPITest(t)
	url := "https://half-typed.exam"
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), store.WebhookChange{URL: &url, QuietFor: quietTime})
	require.NoError(t, err)
	settling := ta.call("GET", ta.at("/webhook"), "", 200)
	require.Equal(t, onWire(ta.clock.Now().Add(quietTime)), settling["settles_at"])
	answer := ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://crm.example/hook"}`, 200)
	require.Nil(t, answer["settles_at"])
	require.Equal(t, "queued", statusOf(ta.call("POST", ta.at("/events"), `{"event_name":"Lead"}`, 202)))
}

func TestAWebhookThatWasSwitchedOffSaysSo(t *testing.T) {
	ta := newAPITest(t)
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://crm.example/hook"}`, 200)
	ta.clock.Add(time.Minute)
	require.NoError(t, ta.Store.SwitchOff(t.Context(), store.FirstWebhook(ta.bot.ID), "gone"))
	answer := ta.call("GET", ta.at("/webhook"), "", 200)
	require.Equal(t, true, answer["enabled"], "the person's own switch")
	require.Equal(t, map[string]any{"reason": "gone", "at": onWire(ta.clock.Now())}, answer["switched_off"])
	answer = ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://crm.example/hook"}`, 200)
	require.Nil(t, answer["switched_off"], "switching on clears it")
}

func TestSettingsThatAreRefused(t *testing.T) {
	ta := newAPITest(t)
	with := func(more string) string { return `{"enabled":true,"url":"https://crm.example/hook",` + more + `}` }
	for body, want := range map[string][]FieldError{
		`{}`:                           {{"/enabled", "is required"}, {"/url", "is required; null removes it"}},
		`{"enabled":null,"url":5}`:     {{"/enabled", "must be true or false"}, {"/url", "must be a string"}},
		`{"enabled":"on","url":null}`:  {{"/enabled", "must be true or false"}},
		`{"enabled":true,"url":"crm"}`: {{"/url", "it must start with https:// or http://"}},
		`{"enabled":true,"url":""}`:    {{"/url", "enter a URL"}},
		`{"enabled":true,"uri":"x"}`:   {{"/uri", "unknown key"}},
		with(`"headers":{}`):           {{"/headers", "must be a list"}},
		with(`"headers":null`):         {{"/headers", "must be a list"}},
		with(`"headers":["x"]`):        {{"/headers/0", "must be an object"}},
		with(`"headers":[{}]`):         {{"/headers/0/name", "is required"}},
		with(`"headers":[{"name":1}]`): {{"/headers/0/name", "must be a string"}},
		with(`"headers":[{"name":"X-A","value":"1"},{"name":"Host","value":"x"}]`):  {{"/headers/1", "Host cannot be set: it follows from the Webhook URL"}},
		with(`"headers":[{"name":"X-A","value":"1"},{"name":"X-B"}]`):               {{"/headers/1/value", "is required: no value is stored for X-B"}},
		with(`"headers":[{"name":"X-A","values":"1"}]`):                             {{"/headers/0/values", "unknown key"}},
		with(`"event_names":"Lead"`):                                                {{"/event_names", "must be a list"}},
		with(`"event_names":["Lead","Léad"]`):                                       {{"/event_names/1", "must be 1 to 64 letters, digits, _ . - (and spaces inside); character 2 is é (U+00E9)"}},
		with(`"event_names":["Lead","Lead"]`):                                       {{"/event_names/1", "is given twice"}},
		with(`"event_names":[5]`):                                                   {{"/event_names/0", "must be a string"}},
		with(`"rate_limit":0`):                                                      {{"/rate_limit", "must be from 0.01 (one request in 100 seconds) to 10000 requests a second, or null for no limit"}},
		with(`"rate_limit":"5"`):                                                    {{"/rate_limit", "must be a number"}},
		with(`"headers":[{"name":"X-A","value":"` + strings.Repeat("•", 8) + `"}]`): {{"/headers/0", "type the value again"}},
	} {
		require.Equal(t, want, ta.refused("PUT", ta.at("/webhook"), body, 422), body)
	}
	require.Equal(t, 1.0, ta.call("GET", ta.at("/webhook"), "", 200)["version"], "nothing was changed")
}

func TestAChangeThatIsBoundToAVersion(t *testing.T) {
	for name, c := range map[string]struct {
		ifMatch []string
		want    int
	}{
		"none":                   {nil, 200},
		"any":                    {[]string{"*"}, 200},
		"the version":            {[]string{`"1"`}, 200},
		"weakened by a proxy":    {[]string{`W/"1"`}, 200},
		"one of a list":          {[]string{`"7", "1"`}, 200},
		"one of several headers": {[]string{`"7"`, `"1"`}, 200},
		"an old version":         {[]string{`"0"`}, 412},
		"a list of old versions": {[]string{`"7","8"`}, 412},
		"a tag that is not ours": {[]string{`"abc"`}, 412},
		"without quotes":         {[]string{`1`}, 400},
		"a list without a comma": {[]string{`"1" "2"`}, 400},
		"any beside something":   {[]string{`*, "1"`}, 400},
	} {
		ta := newAPITest(t)
		r := httptest.NewRequest("PUT", testHost+ta.at("/webhook"), strings.NewReader(`{"enabled":true,"url":"https://crm.example/hook"}`))
		r.Header.Set("Authorization", "Bearer "+ta.key)
		r.Header.Set("Content-Type", "application/json")
		r.Header["If-Match"] = c.ifMatch
		res := ta.do(r)
		require.Equal(t, c.want, res.Code, "%s: %s", name, res.Body)
		if c.want != 412 {
			continue
		}
		require.Equal(t, `"1"`, res.Header().Get("ETag"), name)
		var p struct{ Current map[string]any }
		require.NoError(t, json.Unmarshal(res.Body.Bytes(), &p))
		require.Equal(t, ta.call("GET", ta.at("/webhook"), "", 200), p.Current, "the settings as they are")
	}
}

// API keys cannot read header values, so they must not be able to have them sent to an endpoint of their own either.
func TestAStoredHeaderValueStaysWithItsOrigin(t *testing.T) {
	ta := newAPITest(t)
	put := func(url string, want int) []FieldError {
		body := `{"enabled":true,"url":` + url + `,"headers":[{"name":"X-Team","value":"sales"},{"name":"Authorization"}]}`
		if want == 200 {
			ta.call("PUT", ta.at("/webhook"), body, want)
			return nil
		}
		return ta.refused("PUT", ta.at("/webhook"), body, want)
	}
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://crm.example/hook","headers":[{"name":"Authorization","value":"Bearer CRM"}]}`, 200)
	put(`"https://crm.example/other?a=b"`, 200)
	put(`"https://CRM.example:443/"`, 200)
	moved := []FieldError{{"/headers/1/value", "is required: the stored value of Authorization stays with the origin that it was stored for"}}
	for _, url := range []string{
		`"https://evil.example/hook"`, `"http://crm.example/hook"`, `"https://crm.example:8443/hook"`, `"https://api.crm.example/hook"`, `"https://crm.example.evil.example/"`,
	} {
		require.Equal(t, moved, put(url, 422), url)
	}
	put(`null`, 200) // sends nothing
	require.Equal(t, moved, put(`"https://evil.example/hook"`, 422), "nor by way of no URL at all")
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://new.example/","headers":[{"name":"Authorization","value":"Bearer new"}]}`, 200)
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(ta.bot.ID))
	require.NoError(t, err)
	require.Equal(t, []store.Header{{Name: "Authorization", Value: "Bearer new"}}, w.Headers)
}
