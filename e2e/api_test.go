package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// api is a program that calls a server with a key.
type api struct {
	t    *testing.T
	base string
	key  string
}

// newAPI makes an owner's key on the command line, beside the running server.
func (h *installation) newAPI() *api {
	return &api{t: h.t, base: h.URL, key: h.command("key", "create", "--name", "e2e", "--role", "owner")}
}

// try makes one call and returns what came of it; the error is of the connection.
func (a *api) try(method, path string, body []byte) (int, []byte, error) {
	req, err := http.NewRequest(method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// call makes one call, requires the status, and decodes the answer into a T.
func call[T any](a *api, method, path string, body any, want int) (answer T) {
	a.t.Helper()
	var sent []byte
	if body != nil {
		var err error
		sent, err = json.Marshal(body)
		require.NoError(a.t, err)
	}
	status, got, err := a.try(method, path, sent)
	require.NoError(a.t, err)
	require.Equal(a.t, want, status, "%s %s: %s", method, path, got)
	if len(got) > 0 {
		require.NoError(a.t, json.Unmarshal(got, &answer), string(got))
	}
	return answer
}

// object is a JSON object whose shape a test does not care about in full.
type object = map[string]any

// newBot makes a bot whose webhook is on and leads to target.
func (a *api) newBot(name, target string) string {
	a.t.Helper()
	bot := call[struct{ ID string }](a, "POST", "/v1/bots", object{"name": name}, http.StatusCreated)
	call[object](a, "PUT", "/v1/bots/"+bot.ID+"/webhook", object{"enabled": true, "url": target}, http.StatusOK)
	return bot.ID
}

// accepted is the answer to posted events, as far as tests need it.
type accepted struct {
	Events []struct {
		DeliveryID string `json:"delivery_id"`
	}
}

// post posts a small Lead and returns its delivery's id.
func (a *api) post(bot string) string {
	a.t.Helper()
	answer := call[accepted](a, "POST", "/v1/bots/"+bot+"/events", object{"event_name": "Lead"}, http.StatusAccepted)
	require.Len(a.t, answer.Events, 1)
	return answer.Events[0].DeliveryID
}

// postOf posts one event of a person.
func (a *api) postOf(bot, email string) {
	a.t.Helper()
	call[accepted](a, "POST", "/v1/bots/"+bot+"/events", object{"event_name": "Lead", "user_data": object{"email": email}}, http.StatusAccepted)
}
