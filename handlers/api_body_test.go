package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBodiesThatCannotBeRead(t *testing.T) {
	ta := newAPITest(t)
	big := `{"event_name":"Lead","custom_data":{"x":"` + strings.Repeat("x", maxBody) + `"}}`
	for name, c := range map[string]struct {
		contentType, body string
		unknownLength     bool
		want              int
	}{
		"JSON":                          {"application/json", `{"event_name":"Lead"}`, false, 202},
		"with its charset":              {"application/json; charset=UTF-8", `{"event_name":"Lead"}`, false, 202},
		"built on JSON":                 {"application/cloudevents+json", `{"event_name":"Lead"}`, false, 202},
		"chunked":                       {"application/json", `{"event_name":"Lead"}`, true, 202},
		"no content type":               {"", `{"event_name":"Lead"}`, false, 415},
		"a form":                        {"application/x-www-form-urlencoded", `{"event_name":"Lead"}`, false, 415},
		"text":                          {"text/plain", `{"event_name":"Lead"}`, false, 415},
		"another charset":               {"application/json; charset=utf-16", `{"event_name":"Lead"}`, false, 415},
		"not even a content type":       {";", `{"event_name":"Lead"}`, false, 415},
		"over a mebibyte":               {"application/json", big, false, 413},
		"over a mebibyte, chunked":      {"application/json", big, true, 413},
		"nothing":                       {"application/json", "", false, 400},
		"cut off":                       {"application/json", `{"event_name":`, false, 400},
		"two documents":                 {"application/json", `{"event_name":"Lead"}{}`, false, 400},
		"not UTF-8":                     {"application/json", "{\"event_name\":\"\xff\"}", false, 400},
		"JSON that is not an event":     {"application/json", "7", false, 422},
		"a list where an object should": {"application/json", "[]", false, 422},
	} {
		r := httptest.NewRequest("POST", testHost+ta.at("/events"), strings.NewReader(c.body))
		if c.unknownLength {
			r.ContentLength = -1
		}
		r.Header.Set("Authorization", "Bearer "+ta.key)
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		res := ta.do(r)
		require.Equal(t, c.want, res.Code, "%s: %s", name, res.Body)
		if c.want >= 400 {
			require.Equal(t, "application/problem+json", res.Header().Get("Content-Type"), name)
		}
	}
}

// TestABodyThatIsAnnouncedTooLongIsRefusedUnread sends the headers only: the answer comes before the body would.
func TestABodyThatIsAnnouncedTooLongIsRefusedUnread(t *testing.T) {
	ta := newAPITest(t)
	server := httptest.NewServer(ta.handler)
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		ta.at("/events"), ta.key, maxBody+1)
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	require.NoError(t, res.Body.Close())
}

func TestABodyThatStopsHalfway(t *testing.T) {
	ta := newAPITest(t)
	r := httptest.NewRequest("POST", testHost+ta.at("/events"), io.MultiReader(strings.NewReader(`{"event_`), broken{}))
	r.Header.Set("Authorization", "Bearer "+ta.key)
	r.Header.Set("Content-Type", "application/json")
	require.Equal(t, http.StatusBadRequest, ta.do(r).Code)
}

// broken is a connection that ends in the middle of a body.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
