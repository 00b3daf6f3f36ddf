package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestOpeningBesideAServerLeavesItsWorkAlone: a command that made the server's claims due again would have every event
// under way sent twice.
func TestOpeningBesideAServerLeavesItsWorkAlone(t *testing.T) {
	config := Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "busy.db"), Keys: NewKeyring([32]byte{1})}
	server, err := Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	bot, err := server.CreateBot(t.Context(), "Busy", Actor{})
	require.NoError(t, err)
	enabled, url := true, "https://example.com/hook"
	_, err = server.SaveWebhook(t.Context(), bot.ID, WebhookChange{Enabled: &enabled, URL: &url})
	require.NoError(t, err)
	id := uuid.Must(uuid.NewV7())
	_, err = server.Accept(t.Context(), bot.ID, []NewDelivery{{ID: id, EventID: "1", EventName: "Lead", Payload: []byte("{}")}})
	require.NoError(t, err)
	claimed, err := server.Claim(t.Context(), bot.ID, 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, claimed.Claims, 1)

	config.Beside = true
	command, err := Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, command.Close())
	d, err := server.Delivery(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, Sending, d.Status)
}
