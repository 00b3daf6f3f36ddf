package handlers

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

// rowsOfCSV reads an export by the names of its columns.
func rowsOfCSV(t *testing.T, body string) []map[string]string {
	t.Helper()
	text, marked := strings.CutPrefix(body, byteOrderMark)
	require.True(t, marked)
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

const janesLead = `{"event_name":"Lead","event_id":"lead-1","event_time":"2026-03-05T12:00:00Z","user_data":{"email":"jane@example.com","phone":"+1234567890","first_name":"Jané"},
	"custom_data":{"value":10.00,"currency":"USD","content_name":"=cmd()","utm_source":"google","gclid":"Cj0KCQiA-secret-tail"},"source_url":"https://example.com/p?mail=jane"}`

func TestAnExportHoldsWhatTheFilterShows(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Röofing & quote bot")
	d := bot.accept(janesLead)
	bot.attempted(answered(401, ""), store.Failed)
	bot.lead("lead-2")
	ta.newLogBot("Other").lead("lead-3")
	path := "/bots/" + bot.ID.String() + "/deliveries/export?format=csv"

	res := ta.get(path + "&status=failed&personal=1")
	require.Equal(t, http.StatusOK, res.Code)
	require.Equal(t, "text/csv; charset=utf-8", res.Header().Get("Content-Type"))
	require.Equal(t, `attachment; filename="iozen-deliveries-r-ofing-quote-bot-`+ta.clock.Now().UTC().Format("2006-01-02")+`.csv"`, res.Header().Get("Content-Disposition"))
	rows := rowsOfCSV(t, res.Body.String())
	require.Len(t, rows, 1)
	for name, want := range map[string]string{
		"id": d.ID.String(), "event_id": "lead-1", "bot": "Röofing & quote bot", "status": "failed", "status_code": "401", "attempts": "1",
		"duration_ms": "92", "error": "HTTP 401 · Authentication failed", "happened_at": "2026-03-05T12:00:00.000Z", "next_attempt_at": "",
		"email": "jane@example.com", "first_name": "Jané", "value": "10.00", "utm_source": "google", "gclid": "Cj0KCQiA-secret-tail",
		"phone": "'+1234567890", "content_name": "'=cmd()", // not a formula
	} {
		require.Equal(t, want, rows[0][name], name)
	}
	require.Len(t, rowsOfCSV(t, ta.get(path).Body.String()), 2)
	require.Len(t, rowsOfCSV(t, ta.get("/deliveries/export?format=csv").Body.String()), 3)
	require.Len(t, rowsOfCSV(t, ta.get(path+"&q=nobody").Body.String()), 0)
}

func TestPersonalDataLeavesMaskedUnlessAnEditorAsksForIt(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.accept(janesLead)
	for _, format := range []string{"csv", "ndjson"} {
		path := "/deliveries/export?format=" + format
		masked := ta.get(path).Body.String()
		for _, private := range []string{"jane", "1234567890", "Jané", "secret-tail"} {
			require.NotContains(t, masked, private, format)
		}
		require.Contains(t, masked, "j•••@example.com")
		require.Contains(t, ta.get(path+"&personal=1").Body.String(), "jane@example.com")
	}
	entries, err := storetest.AuditEntries(t.Context(), ta.Store, [16]byte{}, 2)
	require.NoError(t, err)
	require.Equal(t, "ndjson, with personal data", entries[0].Note)
	require.Equal(t, "ndjson, personal data masked", entries[1].Note)

	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	require.Equal(t, http.StatusOK, ta.get("/deliveries/export?format=csv").Code)
	require.Equal(t, http.StatusForbidden, ta.get("/deliveries/export?format=csv&personal=1").Code)
	require.NotContains(t, ta.get("/deliveries").Body.String(), `name="personal"`)
}

func TestALineOfNDJSONIsTheAPIsDeliveryWithItsPayload(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.accept(janesLead)
	res := ta.get("/deliveries/export?format=ndjson&personal=1")
	require.Equal(t, "application/x-ndjson", res.Header().Get("Content-Type"))
	line, rest, _ := strings.Cut(res.Body.String(), "\n")
	require.Empty(t, rest)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &got))
	require.Equal(t, d.ID.String(), got["id"])
	require.Equal(t, "queued", got["status"])
	require.Contains(t, line, string(d.Payload), "byte for byte")
}

func TestAnExportThatIsNotUnderstoodIsRefused(t *testing.T) {
	ta := signedInApp(t)
	require.Equal(t, http.StatusUnprocessableEntity, ta.get("/deliveries/export?format=xls").Code)
	require.Equal(t, "/deliveries?code=9xx", ta.get("/deliveries/export?format=csv&code=9xx").Header().Get("Location"))
}

func TestAnExportReadsAllPagesAndIsStreamed(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	const rows = 450 // more than two pages of the store
	for i := range rows {
		bot.lead("lead-" + strconv.Itoa(i))
	}
	server := httptest.NewServer(ta.handler)
	t.Cleanup(server.Close)
	req, err := http.NewRequest(http.MethodGet, server.URL+"/deliveries/export?format=ndjson", nil)
	require.NoError(t, err)
	for name, value := range ta.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, []string{"chunked"}, res.TransferEncoding, "its length is not known when it begins")
	lines := bufio.NewScanner(res.Body)
	var ids []string
	for lines.Scan() {
		var line struct{ ID string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		ids = append(ids, line.ID)
	}
	require.NoError(t, lines.Err())
	require.Len(t, ids, rows)
	require.IsDecreasing(t, ids, "newest first, each once")
}

// cutting ends a request's context with the first byte of its answer.
type cutting struct {
	*httptest.ResponseRecorder
	cut context.CancelFunc
}

func (w cutting) Write(b []byte) (int, error) {
	w.cut()
	return w.ResponseRecorder.Write(b)
}

func TestAnExportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	ta := signedInApp(t)
	ta.newLogBot("Quiz").lead("lead-1")
	ctx, cut := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, testHost+"/deliveries/export?format=csv", nil)
	for name, value := range ta.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { // net/http then cuts the connection
		ta.handler.ServeHTTP(cutting{httptest.NewRecorder(), cut}, req)
	})
}

func TestEveryColumnIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/export.md")
	require.NoError(t, err)
	ta := signedInApp(t)
	help := ta.get("/help/export").Body.String()
	for _, column := range exportColumns {
		require.Contains(t, string(doc), "| "+column.name+" | "+column.about+" |")
		require.Contains(t, help, "<code>"+column.name+"</code>")
	}
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{"Roofing quote bot": "roofing-quote-bot", "  ": "", `a"/..\b`: "a-b", "Ünïcode 7": "n-code-7"} {
		require.Equal(t, want, slugOf(name))
	}
	require.Equal(t, "2026-03-05T12:00:00.000Z", exportTime(time.Date(2026, 3, 5, 13, 0, 0, 0, time.FixedZone("", 3600))))
}
