package handlers

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"iozen/sender"
	"iozen/store"
)

// TestTheExampleAsCurlSendsARequestThatVerifies runs the commands as a person would, with the variables filled.
func TestTheExampleAsCurlSendsARequestThatVerifies(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	var got http.Header
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer srv.Close()
	w := store.Webhook{Secret: secret, Headers: []store.Header{{Name: "Authorization", Value: "Bearer x'$y"}, {Name: "X-`id`", Value: "z"}}}
	for _, event := range []sender.Event{sender.ExampleEvent(), sender.ExampleFieldConversion()} {
		d := store.Delivery{ID: uuid.New(), EventID: event.ID, EventName: event.Name, Payload: event.Payload()}
		headers, err := sender.RequestHeaders(w, d, event.Time, "test")
		require.NoError(t, err)
		script := exampleCurl(srv.URL+"/it's?a=1&b=2", d, headers, w.Headers)
		require.NotContains(t, script, "Bearer x")
		script = strings.Replace(script, "whsec_…", secret, 1)
		script = strings.Replace(script, "HEADER_AUTHORIZATION='…'", "HEADER_AUTHORIZATION='Bearer a b'", 1)

		out, err := exec.CommandContext(context.Background(), "sh", "-euc", script).CombinedOutput()
		require.NoError(t, err, "%s\n%s", script, out)
		require.Equal(t, string(d.Payload), string(body))
		require.Equal(t, "Bearer a b", got.Get("Authorization"))
		require.Equal(t, event.Name, got.Get("X-IoZen-Event-Name"))
		require.Equal(t, "…", got.Get("X-`id`"), "a name is no command")
		verifier, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(body, got))
	}
}
