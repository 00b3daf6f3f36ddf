package handlers

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
	"iozen/views"
)

func TestAPersonIsFoundExportedAndErased(t *testing.T) {
	ta := signedInApp(t)
	quiz := ta.newLogBot("Quiz")
	first := quiz.lead("one")
	quiz.lead("two")
	other := quiz.accept(`{"event_name":"Lead","event_id":"three","user_data":{"email":"tom@example.com"}}`)
	jane := url.Values{"kind": {"email"}, "value": {" JANE@example.com "}}

	found := ta.submit("/people", jane)
	require.Equal(t, http.StatusOK, found.Code)
	require.Contains(t, found.Body.String(), "2 events of this person")
	require.Contains(t, found.Body.String(), "Quiz")

	export := ta.post("/people/export", jane)
	require.Equal(t, "application/x-ndjson", export.Header().Get("Content-Type"))
	var ids []string
	for lines := bufio.NewScanner(export.Body); lines.Scan(); {
		var d struct {
			EventID string          `json:"event_id"`
			Payload json.RawMessage `json:"payload"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		ids = append(ids, d.EventID)
		require.Contains(t, string(d.Payload), "jane@example.com")
	}
	require.Equal(t, []string{"one", "two"}, ids, "oldest first")

	ta.work()
	erased := ta.submit("/people/erase", jane)
	require.Contains(t, erased.Body.String(), "Erased from 2 events.")
	require.NotContains(t, erased.Body.String(), "jane")
	require.NotContains(t, string(quiz.load(first.ID).Payload), "jane")
	require.Contains(t, string(quiz.load(other.ID).Payload), "tom@example.com", "nobody else is touched")

	again := ta.submit("/people", jane).Body.String()
	require.Contains(t, again, "Erased by "+testEmail, "the audit log remembers")
	require.NotContains(t, ta.submit("/people", url.Values{"kind": {"email"}, "value": {"anna@example.com"}}).Body.String(), "Erased by")

	log, err := storetest.AuditEntries(t.Context(), ta.Store, uuid.Nil, 100)
	require.NoError(t, err)
	var acts []string
	for _, e := range log {
		acts = append(acts, e.Action)
		require.NotContains(t, strings.ToLower(e.Target+e.Note), "jane")
	}
	require.Subset(t, acts, []string{"person.export", "person.erase_start", "person.erase"})
	require.NotContains(t, ta.get("/audit").Body.String(), "jane")
}

func TestAPersonIsKnownByOneThing(t *testing.T) {
	ta := signedInApp(t)
	ta.newLogBot("Quiz").accept(`{"event_name":"Lead","event_id":"one","user_data":{"email":"jane@example.com","phone":"+1 (234) 567","external_id":"s-1"}}`)
	for name, c := range map[string]struct {
		kind, value string
		status      int
		says        string
	}{
		"email":               {"email", "jane@example.com", 200, "1 event of this person"},
		"phone":               {"phone", "1234567", 200, "1 event of this person"},
		"external id":         {"external_id", "s-1", 200, "1 event of this person"},
		"another kind":        {"external_id", "jane@example.com", 200, "Nothing is kept"},
		"a part":              {"email", "jane@", 200, "Nothing is kept"},
		"nothing":             {"email", " ", 422, "Enter the full value"},
		"no kind":             {"name", "Jane", 422, "Choose what you know"},
		"too long":            {"email", strings.Repeat("x", maxTerm+1), 422, "Enter the full value"},
		"a phone of no digit": {"phone", "+", 422, "Enter the full value"},
	} {
		for _, path := range []string{"/people", "/people/export", "/people/erase"} {
			if path != "/people" && c.status == 200 {
				continue
			}
			form := url.Values{"kind": {c.kind}, "value": {c.value}}
			res := ta.post(path, form)
			if c.status == 200 {
				res = ta.submit(path, form)
			}
			require.Equal(t, c.status, res.Code, "%s, %s", name, path)
			require.Contains(t, res.Body.String(), c.says, "%s, %s", name, path)
		}
	}
}

func TestWhatIsKnownOfAPersonIsInNoAddress(t *testing.T) {
	ta := signedInApp(t)
	page := ta.submit("/people", url.Values{"kind": {string(store.PersonEmail)}, "value": {"jane@example.com"}}).Body.String()
	require.NotRegexp(t, `(href|action)="[^"]*jane`, page)
	ta.post("/hide", url.Values{"what": {views.ShownPerson}})
	require.NotContains(t, ta.get("/people?value=jane@example.com").Body.String(), "jane")
}
