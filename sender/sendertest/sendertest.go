// Package sendertest makes what the tests of several packages of sender begin with: settings, a delivery, and a list of what is
// allowed. It is for tests only.
package sendertest

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
)

// Secret is the signing secret of Webhook.
const Secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// Webhook is switched on, with a URL.
func Webhook(url string, headers ...store.Header) store.Webhook {
	return store.Webhook{Version: 7, Secret: Secret, Headers: headers, WebhookState: store.WebhookState{Enabled: true, URL: url}}
}

// Delivery is the event of the example on its way, of no bot in particular.
func Delivery() store.Delivery {
	return store.Delivery{
		BotID: uuid.Must(uuid.NewV7()), ID: uuid.Must(uuid.NewV7()), EventID: "e-1", EventName: "Lead",
		Payload: event.ExampleEvent().Payload(),
	}
}

// Allow is the list of what an operator allows.
func Allow(t testing.TB, entries ...string) target.Allow {
	t.Helper()
	allow, err := target.ParseAllow(strings.Join(entries, ","))
	require.NoError(t, err)
	return allow
}

// Loopback allows what a test listens on.
func Loopback(t testing.TB) target.Allow {
	t.Helper()
	return Allow(t, "127.0.0.0/8", "::1/128", "localhost")
}
