package handlers

import (
	"testing"

	"iozen/sender"
)

// newTestClient is the real client, so that a test in a test is a real request.
func newTestClient(t *testing.T, allow sender.Allow) *sender.Client {
	client := sender.NewClient(sender.ClientConfig{Allow: allow, Version: "test"})
	t.Cleanup(client.Close)
	return client
}
