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

	"iozen/sender/attempt"
	"iozen/store"
	"iozen/store/event"
)

// TestTheExampleAsCurlSendsARequestThatVerifies runs the commands as a person would, with the variables filled in.
func TestTheExampleAsCurlSendsARequestThatVerifies(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	type sent struct {
		header http.Header
		body   []byte
	}
	arrived := make(chan sent, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- sent{r.Header, body}
	}))
	defer srv.Close()
	w := store.Webhook{Secret: secret, Headers: []store.Header{{Name: "Authorization", Value: "Bearer x'$y"}, {Name: "X-`id`", Value: "z"}}}
	for _, event := range []event.Event{event.WithAttribution(event.ExampleEvent()), event.ExampleFieldConversion()} {
		d := store.Delivery{ID: uuid.New(), EventID: event.ID, EventName: event.Name, Payload: event.Payload()}
		headers, err := attempt.RequestHeaders(w, d, sentBody(w, d.Payload), event.Time, "test")
		require.NoError(t, err)
		script := exampleCurl(srv.URL+"/it's?a=1&b=2", d.ID.String(), d.Payload, headers, w.Headers)
		require.NotContains(t, script, "Bearer x")
		script = strings.Replace(script, "whsec_…", secret, 1)
		script = strings.Replace(script, "HEADER_AUTHORIZATION='…'", "HEADER_AUTHORIZATION='Bearer a b'", 1)

		out, err := exec.CommandContext(context.Background(), "sh", "-euc", script).CombinedOutput()
		require.NoError(t, err, "%s\n%s", script, out)
		got := <-arrived
		require.Equal(t, string(d.Payload), string(got.body))
		require.Equal(t, "Bearer a b", got.header.Get("Authorization"))
		require.Equal(t, event.Name, got.header.Get("X-IoZen-Event-Name"))
		require.Equal(t, "…", got.header.Get("X-`id`"), "a name is no command")
		verifier, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(got.body, got.header))
	}
}
