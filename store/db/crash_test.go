package db

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

// startChild runs this test binary as one of children.
func startChild(t *testing.T, child, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), childVariable+"="+child)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// acceptForever accepts, claims and settles from many sides until it is killed, and says what was answered: "accepted"
// and "delivered" with the event's id, each once the store has returned.
func acceptForever(path string) error {
	ctx := context.Background()
	db, err := Open(ctx, Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1})})
	if err != nil {
		return err
	}
	bot, err := newSendingBot(ctx, db)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() { failed <- acceptAndSettle(ctx, db, bot) }()
	}
	return <-failed
}

func acceptAndSettle(ctx context.Context, db *DB, bot uuid.UUID) error {
	for {
		accepted, err := db.Accept(ctx, bot, testEvents(3))
		if err != nil {
			return err
		}
		for _, a := range accepted {
			fmt.Println("accepted", a.EventID)
		}
		claimed, err := db.Claim(ctx, store.FirstWebhook(bot), 2, time.Minute)
		if err != nil {
			return err
		}
		for _, c := range claimed.Claims[:min(1, len(claimed.Claims))] { // the rest stays under way
			a := store.Attempt{BotID: bot, DeliveryID: c.ID, StartedAt: time.Now(), WebhookVersion: 2, StatusCode: 200}
			if _, err := db.Settle(ctx, store.Settlement{Token: c.Token, Attempt: a, Status: store.Delivered}); err != nil {
				return err
			}
			fmt.Println("delivered", c.EventID)
		}
	}
}

func TestAKilledProcessLosesNothingItAnswered(t *testing.T) {
	config := testConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	said := map[string][]string{}
	for range 3 {
		cmd, lines := startChild(t, "accept", path)
		kill := sync.OnceFunc(func() { require.NoError(t, cmd.Process.Kill()) })
		for n := 0; lines.Scan(); n++ {
			if word, id, whole := strings.Cut(lines.Text(), " "); whole && len(id) == 36 {
				said[word] = append(said[word], id)
			}
			if n == 300 {
				kill()
			}
		}
		var exit *exec.ExitError
		require.True(t, errors.As(cmd.Wait(), &exit) && !exit.Exited(), "killed, not failed")
	}
	db := openTest(t, config)
	stored := map[string]store.Status{}
	for f := (store.DeliveryFilter{Limit: 200}); ; {
		p, err := db.Deliveries(t.Context(), f)
		require.NoError(t, err)
		for _, d := range p.Deliveries {
			stored[d.EventID] = d.Status
		}
		if f.Cursor = p.Next; f.Cursor == "" {
			break
		}
	}
	require.Greater(t, len(said["accepted"]), 500)
	for _, id := range said["accepted"] {
		require.Contains(t, stored, id)
	}
	for _, id := range said["delivered"] {
		require.Equal(t, store.Delivered, stored[id])
	}
	waiting := 0
	for _, status := range stored {
		require.NotEqual(t, store.Sending, status, "what was under way is due again")
		if status == store.Queued {
			waiting++
		}
	}
	require.Equal(t, waiting, db.Waiting())
}
