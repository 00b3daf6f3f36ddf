package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStopFinishesWhatIsUnderWay sends SIGTERM while an endpoint takes its time.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	endpoint := newReceiver(t)
	release := endpoint.holdAnswers()
	h := startServer(t)
	owner := h.newAPI()
	delivery := owner.post(owner.newBot("Slow", endpoint.URL))
	<-endpoint.came
	h.terminate()
	release()
	h.endsWell()

	h.start()
	h.requireDeliveredOnce(owner, delivery)
}

// TestCommandsBesideTheServer runs the other commands while an attempt is under way: what they open must not take
// up the work of the server that is running.
func TestCommandsBesideTheServer(t *testing.T) {
	t.Parallel()
	endpoint := newReceiver(t)
	release := endpoint.holdAnswers()
	h := startServer(t)
	owner := h.newAPI()
	bot := owner.newBot("Busy", endpoint.URL)
	require.Equal(t, "e2e", h.command("version"))
	require.Equal(t, "ready", h.command("healthcheck", "--addr", host(t, h.URL)))
	// Only what opens the database, and one command for each attempt: it is under way for 30 s at most, and a busy machine takes seconds
	// for each command.
	first := owner.post(bot)
	<-endpoint.came
	require.Contains(t, h.command("user", "create", "--email", "second@example.com", "--role", "viewer"), "Password:")
	release()

	release = endpoint.holdAnswers()
	second := owner.post(bot)
	<-endpoint.came
	copied := filepath.Join(h.dir, "copy.db")
	h.command("backup", copied)
	third := owner.post(bot) // the engine looks at this bot again
	<-endpoint.came
	release()
	info, err := os.Stat(copied)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "a backup holds personal data")
	h.stop()
	require.Len(t, endpoint.all(), 3, "each event was sent once")
	h.start()
	for _, delivery := range []string{first, second, third} {
		h.requireDeliveredOnce(owner, delivery)
	}
}

// requireDeliveredOnce requires that a delivery got through with its first attempt.
func (h *installation) requireDeliveredOnce(a *api, delivery string) {
	h.t.Helper()
	got := call[struct {
		Status   string
		Attempts int
	}](a, "GET", "/v1/deliveries/"+delivery, nil, http.StatusOK)
	require.Equal(h.t, "delivered", got.Status)
	require.Equal(h.t, 1, got.Attempts)
}
