package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
	"iozen/store/upkeep"
)

const (
	crashJane = "jane@example.com"
	crashRows = 600 // of each job; more than anybody steps through before the kill
)

// stepForever begins an erasure and a release, and steps through both until it is killed. It says where they are, each once
// the store has returned.
func stepForever(path string) error {
	ctx := context.Background()
	db, err := Open(ctx, Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1})})
	if err != nil {
		return err
	}
	bot, err := newSendingBot(ctx, db)
	if err != nil {
		return err
	}
	events := testEvents(2 * crashRows)
	for i := range events[:crashRows] {
		events[i].Email = crashJane
	}
	if _, err := db.Accept(ctx, bot, events[:crashRows]); err != nil {
		return err
	}
	on, off := true, false
	if _, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{Enabled: &off}); err != nil {
		return err
	}
	if _, err := db.Accept(ctx, bot, events[crashRows:]); err != nil {
		return err
	}
	if _, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{Enabled: &on}); err != nil {
		return err
	}
	release, err := db.StartRelease(ctx, store.FirstWebhook(bot), store.Actor{Name: "maria"})
	if err != nil {
		return err
	}
	erase, err := db.StartErase(ctx, store.Person{Kind: store.PersonEmail, Value: crashJane}, store.Actor{Name: "maria"})
	for err == nil {
		if release, err = db.StepJob(ctx, release, 1, nil); err == nil {
			erase, err = db.StepJob(ctx, erase, 1, withoutAll)
		}
		fmt.Println("at", release.Done, erase.Done)
	}
	return err
}

func TestAKilledProcessLeavesJobsThatTheNextOneEnds(t *testing.T) {
	config := testConfig(t)
	cmd, lines := startChild(t, "jobs", strings.TrimPrefix(config.URL, "sqlite:"))
	kill := sync.OnceFunc(func() { require.NoError(t, cmd.Process.Kill()) })
	said := 0
	for lines.Scan() {
		if said++; said == 5 {
			kill()
		}
	}
	var exit *exec.ExitError
	require.True(t, errors.As(cmd.Wait(), &exit) && !exit.Exited(), "killed, not failed")
	require.Less(t, said, crashRows, "in the middle")

	db := openTest(t, config)
	kinds := []store.JobKind{store.JobRelease, store.JobErase}
	left, err := db.Jobs(t.Context(), store.JobFilter{Kinds: kinds})
	require.NoError(t, err)
	require.Len(t, left, 2)
	for _, j := range left {
		require.Equal(t, store.JobRunning, j.State)
		require.GreaterOrEqual(t, j.Done, 5, "nothing that was said is lost")
	}
	w := &upkeep.JobWorker{DB: db, Without: withoutAll, Log: slog.New(slog.DiscardHandler)}
	for running := true; running; {
		running, err = w.Round(t.Context())
		require.NoError(t, err)
	}
	for _, j := range left {
		after, err := db.Job(t.Context(), j.ID)
		require.NoError(t, err)
		require.Equal(t, []any{store.JobDone, crashRows, crashRows}, []any{after.State, after.Done, after.Total}, "%s: each once", j.Kind)
	}
	acts, err := db.Erasures(t.Context(), store.Person{Kind: store.PersonEmail, Value: crashJane})
	require.NoError(t, err)
	require.Len(t, acts, 1, "and it is in the audit log")
	require.Equal(t, []string{"600 events", "maria"}, []string{acts[0].Note, acts[0].By.Name})
	places, err := db.findPerson(t.Context(), store.Person{Kind: store.PersonEmail, Value: crashJane})
	require.NoError(t, err)
	require.Empty(t, places)
}
