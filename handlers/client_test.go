package handlers

import (
	"testing"

	"iozen/sender/attempt"
	"iozen/sender/target"
)

// newTestClient is the real client, so that Test Connection sends a real request.
func newTestClient(t *testing.T, allow target.Allow) *attempt.Client {
	client := attempt.NewClient(attempt.ClientConfig{Allow: allow, Version: "test"})
	t.Cleanup(client.Close)
	return client
}
