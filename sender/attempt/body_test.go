package attempt

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
	"iozen/store/event/format"
	"iozen/store/option"
)

// scripted answers what it is told, and remembers the last request.
type scripted struct {
	status int
	answer string
	got    *http.Request
	body   string
	asked  int
}

func (r *scripted) ServeHTTP(w http.ResponseWriter, got *http.Request) {
	body, _ := io.ReadAll(got.Body)
	r.got, r.body, r.asked = got, string(body), r.asked+1
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func startScripted(t *testing.T, status int, answer string) (*scripted, string) {
	r := &scripted{status: status, answer: answer}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return r, srv.URL
}

// eventOf is a delivery of an event of which every part is known.
func eventOf(payload string) store.Delivery {
	d := sendertest.Delivery()
	d.Payload = []byte(payload)
	return d
}

const knownEvent = `{"event_name":"Lead","event_id":"e-1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen",` +
	`"action_source":"website","user_data":{"email":"Jane@Example.com","phone":"+1 234"},"custom_data":{"value":10.00,"currency":"USD"}}`

func TestABodyIsWhatTheFormatMakesOfTheEvent(t *testing.T) {
	for name, c := range map[string]struct {
		format      option.Format
		leaveOut    []string
		contentType string
		want        string
	}{
		"the documented payload": {option.Format{}, nil, format.ContentJSON, knownEvent},
		"without a field": {option.Format{}, []string{"user_data.phone", "custom_data"}, format.ContentJSON, `{"event_name":"Lead","event_id":"e-1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen",` +
			`"action_source":"website","user_data":{"email":"Jane@Example.com"}}`},
		"flat as a form": {
			option.Format{Type: option.FormatFlat, Encoding: option.EncodingForm},
			[]string{"user_data.phone"},
			format.ContentForm,
			"event_name=Lead&event_id=e-1&event_time=2026-03-05T12%3A00%3A00.000Z&event_time_unix=1772712000&source=iozen&action_source=website&user_data_email=Jane%40Example.com&custom_data_value=10.00&custom_data_currency=USD",
		},
		"a message": {option.Format{Type: option.FormatMessage, Service: option.Slack, Text: "New: {{user_data.email}}"}, nil, format.ContentJSON, `{"text":"New: Jane@Example.com"}`},
		"their own JSON": {
			option.Format{Type: option.FormatJSON, Template: `{"mail":"{{user_data.email | lower}}","worth":"{{custom_data.value}}","fax":"{{custom_data.fax}}"}`},
			nil, format.ContentJSON, `{"mail":"jane@example.com","worth":10.00}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, url := startScripted(t, 200, "ok")
			w := sendertest.Webhook(url)
			w.Format, w.LeaveOut = c.format, c.leaveOut
			d := eventOf(knownEvent)
			client := newTestClient(t)
			for range 2 { // the second time with the format that is ready
				a := client.Attempt(t.Context(), w, d)
				require.True(t, a.Delivered(), a.Outcome)
				require.Equal(t, c.want, r.body)
				require.Equal(t, c.contentType, r.got.Header.Get("Content-Type"))
				require.Equal(t, "e-1", r.got.Header.Get("X-IoZen-Event-Id"))
				signature, err := Sign([]string{w.Secret}, d.ID.String(), time.Unix(a.StartedAt.Unix(), 0), []byte(r.body))
				require.NoError(t, err)
				require.Equal(t, signature, r.got.Header.Get("webhook-signature"), "of what goes out")
			}
			again, err := BodyOf(w, d.Payload)
			require.NoError(t, err)
			require.Equal(t, Body{[]byte(c.want), c.contentType}, again, "made again, it is the same")
			require.JSONEq(t, knownEvent, string(d.Payload), "the event stays what it was")
		})
	}
}

func TestABodyThatIsTooLargeIsAFailureThatNamesThePlaceholder(t *testing.T) {
	r, url := startScripted(t, 200, "ok")
	w := sendertest.Webhook(url)
	w.Format = option.Format{Type: option.FormatJSON, Template: `{"a":[` + strings.Repeat(`"{{custom_data.note}}",`, 99) + "\n" + `"{{custom_data.note}}"]}`}
	a := newTestClient(t).Attempt(t.Context(), w, eventOf(`{"event_name":"Lead","custom_data":{"note":"`+strings.Repeat("x", 8000)+`"}}`))
	require.Zero(t, r.asked)
	require.False(t, a.Delivered())
	require.Equal(t, outcome.OutcomeFormatTooLarge, a.Outcome)
	d := outcome.DiagnoseAttempt(a)
	require.Equal(t, "Body too large", d.Error)
	require.Regexp(t, `^The format makes a body larger than 256 KiB of this event; the limit was reached at \{\{custom_data\.note\}\} \(line 1, column \d+\)$`, d.Cause)
	require.Equal(t, store.Retrying, outcome.DefaultSchedule.Decide(a, 1, a.StartedAt, 0).Status, "with another format it goes out")
}

func TestSettingsThatMakeNoFormatAreAFailureAndSendNothing(t *testing.T) {
	r, url := startScripted(t, 200, "ok")
	w := sendertest.Webhook(url)
	w.Format = option.Format{Type: "of a later version"}
	a := newTestClient(t).Attempt(t.Context(), w, eventOf(knownEvent))
	require.Zero(t, r.asked)
	require.Equal(t, outcome.OutcomeFormatFailed, a.Outcome)
	require.False(t, a.Delivered())
}

func TestARefusalThatNamesAFieldIsAnsweredByThePlaceInTheFormat(t *testing.T) {
	own := option.Format{Type: option.FormatJSON, Template: "{\n  \"mail\": \"{{user_data.email}}\"\n}"}
	for _, c := range []struct {
		format option.Format
		status int
		answer string
		want   string
	}{
		{own, 422, `{"errors":{"mail":"is required"}}`, " “mail” comes from {{user_data.email}} in line 2, column 12 of the format."},
		{own, 400, `mail is not valid`, " “mail” comes from {{user_data.email}} in line 2, column 12 of the format."},
		{own, 422, `nope`, ""},
		{own, 500, `mail is required`, ""},
		{option.Format{}, 422, `{"error":"email is required"}`, " “email” comes from user_data.email of the event."},
	} {
		_, url := startScripted(t, c.status, c.answer)
		w := sendertest.Webhook(url)
		w.Format = c.format
		a := newTestClient(t).Attempt(t.Context(), w, eventOf(knownEvent))
		fix := outcome.DiagnoseAttempt(a).Fix
		if c.want == "" {
			require.NotContains(t, fix, "comes from", c.answer)
			continue
		}
		require.Equal(t, "Read what the endpoint answered, and compare it with the payload shown."+c.want, fix)
	}
}

func TestA2xxWithoutTheSuccessThatWasAskedForIsAFailure(t *testing.T) {
	long := `{"data":"` + strings.Repeat("x", readBody) + `","ok":true}`
	for _, c := range []struct {
		value   option.Literal
		status  int
		answer  string
		outcome string
		cause   string
	}{
		{"true", 200, `{"ok":true}`, "", ""},
		{"true", 201, `{"ok":"TRUE","error":"none of that"}`, "", ""},
		{"true", 200, `{"ok":false}`, outcome.OutcomeSuccessDiffers, "The answer has ok = false, and only ok = true counts as success"},
		{"true", 200, `{"ok":{}}`, outcome.OutcomeSuccessDiffers, "The answer has ok = an object, and only ok = true counts as success"},
		{`"done"`, 202, `{"ok":"queued"}`, outcome.OutcomeSuccessDiffers, "The answer has ok = queued, and only ok = done counts as success"},
		{"true", 200, `{"okay":true}`, outcome.OutcomeSuccessMissing, "The answer has no ok, and only ok = true counts as success"},
		{"true", 200, `ok`, outcome.OutcomeSuccessNotJSON, "The answer is not JSON, and only one with ok = true counts as success"},
		{"true", 204, ``, outcome.OutcomeSuccessNotJSON, "The answer is not JSON, and only one with ok = true counts as success"},
		{"true", 200, `<html>ok</html>`, outcome.OutcomeSuccessNotJSON, "The answer is not JSON, and only one with ok = true counts as success"},
		{"true", 200, long, outcome.OutcomeSuccessCut, "The answer ended before ok was read, and only ok = true counts as success"},
		{"true", 500, `{"ok":true}`, "http_500", "Server error"},
	} {
		_, url := startScripted(t, c.status, c.answer)
		w := sendertest.Webhook(url)
		w.Success = option.Success{Path: "ok", Value: c.value}
		a := newTestClient(t).Attempt(t.Context(), w, eventOf(knownEvent))
		name := c.answer[:min(len(c.answer), 40)]
		require.Equal(t, c.outcome, a.Outcome, name)
		require.Equal(t, c.outcome == "", a.Delivered(), name)
		require.Equal(t, c.cause, outcome.DiagnoseAttempt(a).Cause, name)
		require.Equal(t, c.status, a.StatusCode)
		if strings.HasPrefix(c.outcome, store.Unconfirmed) {
			require.Equal(t, store.Retrying, outcome.DefaultSchedule.Decide(a, 2, a.StartedAt, 0).Status)
			last := outcome.DefaultSchedule.Decide(a, 3, a.StartedAt, 0)
			require.Equal(t, outcome.Decision{Status: store.Failed, Why: outcome.WhyFewTries}, last, "tried like a 422")
		}
	}
}

func TestWithoutTheChoiceA2xxThatSpeaksOfAFailureIsAWarning(t *testing.T) {
	_, url := startScripted(t, 200, `{"success":false}`)
	a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook(url), eventOf(knownEvent))
	require.True(t, a.Delivered())
	require.Equal(t, outcome.OutcomeBodyFailed, a.Outcome)
	require.Contains(t, outcome.DiagnoseAttempt(a).Fix, "choose Success by answer")
}

func TestWhatAnAnswerSaysInPlaceOfSuccessIsMaskedLikeTheRest(t *testing.T) {
	answer, err := json.Marshal(map[string]string{"ok": "sent to Jane@Example.com with s3cret-token"})
	require.NoError(t, err)
	_, url := startScripted(t, 200, string(answer))
	w := sendertest.Webhook(url, store.Header{Name: "Authorization", Value: "Bearer s3cret-token"})
	w.Success = option.Success{Path: "ok", Value: "true"}
	a := newTestClient(t).Attempt(t.Context(), w, eventOf(knownEvent))
	require.Equal(t, outcome.OutcomeSuccessDiffers, a.Outcome)
	require.NotContains(t, a.Detail["found"], "s3cret-token")
}
