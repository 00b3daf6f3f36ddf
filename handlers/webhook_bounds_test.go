package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// numbered are event names, all different.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "Event " + strconv.Itoa(i)
	}
	return names
}

func headerLines(n int, value string) (lines string, list []any) {
	var b strings.Builder
	for i := range n {
		name := fmt.Sprintf("X-%03d", i)
		b.WriteString(name + ": " + value + "\n")
		list = append(list, map[string]any{"name": name, "value": value})
	}
	return b.String(), list
}

// The page and the API accept and refuse the same values.
func TestPageAndAPIHaveTheSameBounds(t *testing.T) {
	s := openSettings(t)
	ta := &apiTest{testApp: s.testApp, bot: s.bot}
	ta.key = ta.newKey(store.RoleEditor, s.bot.ID)
	type bound struct {
		field store.Field
		typed []string // name and value of the form's controls
		key   string   // of the API
		value any
		taken bool
	}
	bounds := map[string]bound{}
	for name, c := range map[string]struct {
		names []string
		taken bool
	}{
		"a name of 64 letters": {[]string{strings.Repeat("n", 64)}, true},
		"a name of 65 letters": {[]string{strings.Repeat("n", 65)}, false},
		"a name with a slash":  {[]string{"a/b"}, false},
		"a name beyond ASCII":  {[]string{"Léad"}, false},
		"a name in two words":  {[]string{"Form sent"}, true},
		"one event":            {numbered(1), true},
		"100 events":           {numbered(100), true},
		"101 events":           {numbered(101), false},
		"2,000 events":         {numbered(2000), false},
	} {
		bounds[name] = bound{store.FieldEventNames, []string{"events", "chosen", "more_events", strings.Join(c.names, ", ")}, "event_names", c.names, c.taken}
	}
	for name, c := range map[string]struct {
		lines int
		value string
		taken bool
	}{
		"50 headers":             {50, "x", true},
		"51 headers":             {51, "x", false},
		"16 KiB of headers":      {16, strings.Repeat("x", 1024-len("X-000: \r\n")), true},
		"16 KiB and 16 bytes":    {16, strings.Repeat("x", 1024-len("X-000: \r\n")+1), false},
		"a value with a tab end": {1, "x\x01", false},
		"a placeholder":          {1, "Bearer $TOKEN", false},
	} {
		lines, list := headerLines(c.lines, c.value)
		bounds[name] = bound{store.FieldHeaders, []string{"headers", lines}, "headers", list, c.taken}
	}
	for name, c := range map[string]struct {
		url   string
		taken bool
	}{
		"a URL of 2,048 characters":            {"https://crm.example.com/" + strings.Repeat("u", 2048-24), true},
		"a URL of 2,049 characters":            {"https://crm.example.com/" + strings.Repeat("u", 2049-24), false},
		"a URL that is too long as it is sent": {"https://crm.example.com/" + strings.Repeat("ü", 1000), false},
		"a URL with a fragment":                {"https://crm.example.com/#a", false},
		"a URL with a user":                    {"https://a:b@crm.example.com/", false},
		"a URL with a placeholder":             {"https://crm.example.com/{{id}}", false},
		"a private address":                    {"https://10.1.2.3/", false},
	} {
		bounds[name] = bound{store.FieldURL, []string{"url", c.url}, "url", c.url, c.taken}
	}
	for text, taken := range map[string]bool{
		"0.01": true, "0.00999": false, "1e-300": false, "0": false, "-1": false, "10000": true, "10000.1": false, "1e9": false, "2.5": true,
	} {
		bounds["a rate of "+text] = bound{store.FieldRateLimit, []string{"rate_limit", text}, "rate_limit", json.Number(text), taken}
	}
	for name, b := range bounds {
		page, api := http.StatusUnprocessableEntity, http.StatusUnprocessableEntity
		if b.taken {
			page, api = http.StatusOK, http.StatusOK
		}
		s.save(b.field, page, b.typed...)
		body := map[string]any{"enabled": false, "url": "https://crm.example.com/", b.key: b.value}
		text, err := json.Marshal(body)
		require.NoError(t, err)
		res := ta.api("PUT", ta.at("/webhook"), ta.key, string(text))
		require.Equal(t, api, res.Code, "%s: %s", name, res.Body)
	}
}

func TestNamesOfBotsHaveTheSameBoundsOnPageAndAPI(t *testing.T) {
	s := openSettings(t)
	ta := &apiTest{testApp: s.testApp, bot: s.bot}
	ta.key = ta.newKey(store.RoleEditor, s.bot.ID)
	for name, taken := range map[string]bool{
		strings.Repeat("ü", 100): true, strings.Repeat("ü", 101): false, "": false, "  ": false, "a\x01b": false, "Roofing 🏠": true,
	} {
		page := s.post(s.path("settings/general"), map[string][]string{"name": {name}})
		require.Equal(t, taken, page.Code == http.StatusSeeOther, "page, %q: %d", name, page.Code)
		body, err := json.Marshal(map[string]string{"name": name})
		require.NoError(t, err)
		api := ta.api("PATCH", ta.at(""), ta.key, string(body))
		require.Equal(t, taken, api.Code == http.StatusOK, "API, %q: %s", name, api.Body)
	}
}

// A form may be a megabyte, and refusing it must not cost more than reading it.
func TestAFormOfTooManyEventsIsRefusedQuickly(t *testing.T) {
	s := openSettings(t)
	for name, pairs := range map[string][]string{
		"typed":  {"events", "chosen", "more_events", strings.Join(numbered(60_000), ",")},
		"commas": {"events", "chosen", "more_events", strings.Repeat(",", 300_000)},
		"one":    {"events", "chosen", "more_events", strings.Repeat("x", 900_000)},
	} {
		began := time.Now()
		answer := s.save(store.FieldEventNames, http.StatusUnprocessableEntity, pairs...)
		require.Less(t, time.Since(began), time.Minute, name) // milliseconds; 100 s before there was a bound
		require.Less(t, len(answer.Message), 300, name)
	}
	form := s.edit()
	form.Set("field", "event_names")
	form.Set("events", "chosen")
	form["event_name"] = numbered(5_000)
	require.Equal(t, http.StatusUnprocessableEntity, s.post(s.path("webhook/fields"), form).Code)
	form.Set("version", form.Get("base"))
	form.Set("headers", "broken")
	require.Equal(t, http.StatusUnprocessableEntity, s.post(s.path("settings/marketing"), form).Code)
	require.Empty(t, s.webhook().EventNames)
}
