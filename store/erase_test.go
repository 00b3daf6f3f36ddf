package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsErasedIsGoneFromTheFiles(t *testing.T) {
	config := testConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for _, large := range []int{1, 300} { // the body in its row, and on pages of its own
		e := testEvents(1)[0]
		e.Email = "jane@example.com"
		e.Payload = []byte(`{"user_data":{"email":"jane@example.com","first_name":"MARKER-payload"}}`)
		_, err = db.Accept(t.Context(), bot, []NewDelivery{e})
		require.NoError(t, err)
		c, err := db.Claim(t.Context(), bot, 1, time.Minute)
		require.NoError(t, err)
		a := Attempt{
			BotID: bot, DeliveryID: e.ID, StartedAt: time.Now(), WebhookVersion: 2, StatusCode: 200,
			Response: Response{Body: []byte(strings.Repeat("MARKER-answer ", large))},
		}
		_, err = db.Settle(t.Context(), Settlement{Token: c.Claims[0].Token, Attempt: a, Status: Delivered})
		require.NoError(t, err)
	}
	raw := func() string {
		out, err := exec.Command("cat", path, path+"-wal").Output()
		require.NoError(t, err)
		return string(out)
	}
	require.Contains(t, raw(), "MARKER-payload")
	n, err := db.ErasePerson(t.Context(), Person{PersonEmail, "jane@example.com"}, func([]byte) []byte { return []byte("{}") }, Actor{})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NotContains(t, raw(), "MARKER")
	require.NotContains(t, raw(), "jane@example.com")
}

// A backup, or a shell, that reads while somebody is erased keeps the write-ahead log as it was. That is told, and the log is
// emptied once the reader has gone.
func TestWhatIsErasedBesideAReaderLeavesTheFilesOnceItHasGone(t *testing.T) {
	config := testConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)[0]
	e.Email, e.Payload = "jane@example.com", []byte(`{"user_data":{"email":"jane@example.com","first_name":"MARKER-payload"}}`)
	_, err = db.Accept(t.Context(), bot, []NewDelivery{e})
	require.NoError(t, err)

	beside, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer beside.Close()
	reading, err := beside.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var rows int
	require.NoError(t, reading.QueryRow(`SELECT COUNT(*) FROM deliveries`).Scan(&rows))
	require.Equal(t, 1, rows)

	n, err := db.ErasePerson(t.Context(), Person{PersonEmail, "jane@example.com"}, func([]byte) []byte { return []byte("{}") }, Actor{})
	require.ErrorIs(t, err, ErrNotWiped)
	require.Equal(t, 1, n)
	housekeeper := &Housekeeper{DB: db, Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, housekeeper.Round(t.Context()), "a reader is no failure")
	raw := func() string {
		var all string
		for _, file := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			all += string(text)
		}
		return all
	}
	require.Contains(t, raw(), "MARKER", "what the reader may still ask for")

	require.NoError(t, reading.Rollback())
	require.NoError(t, housekeeper.Round(t.Context()))
	require.NotContains(t, raw(), "MARKER")
	require.NotContains(t, raw(), "jane@example.com")
}

// What a resend searched for is forgotten when it ends, and when who was searched for is erased.
func TestAResendForgetsWhomItSearchedFor(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *DB, ResendJob){
		"when it is done": func(t *testing.T, db *DB, j ResendJob) {
			for j.State == ResendRunning {
				var err error
				j, err = db.StepResend(t.Context(), j, 10)
				require.NoError(t, err)
			}
		},
		"when it is stopped": func(t *testing.T, db *DB, j ResendJob) {
			_, err := db.StopResend(t.Context(), j.ID, Actor{})
			require.NoError(t, err)
		},
		"when the person is erased": func(t *testing.T, db *DB, j ResendJob) {
			_, err := db.ErasePerson(t.Context(), Person{PersonEmail, "mailto:Jane@Example.com"}, func([]byte) []byte { return []byte("{}") }, Actor{})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t, testConfig(t))
			bot, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			other, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			j, err := db.StartResend(t.Context(), DeliveryFilter{BotID: bot, Status: []Status{Failed}, Query: "jane@example.com"}, Actor{})
			require.NoError(t, err)
			end(t, db, j)
			running, err := db.StartResend(t.Context(), DeliveryFilter{BotID: other, Status: []Status{Failed}, Query: "anna@example.com"}, Actor{})
			require.NoError(t, err)

			jobs, err := db.ResendJobs(t.Context(), bot, time.Now().Add(-time.Hour))
			require.NoError(t, err)
			require.Len(t, jobs, 1)
			require.NotEqual(t, ResendRunning, jobs[0].State)
			require.NotContains(t, fmt.Sprint(jobs[0].Filter), "jane")
			require.Equal(t, []Status{Failed}, jobs[0].Filter.Status, "the words of the page need it")

			_, err = db.ErasePerson(t.Context(), Person{PersonEmail, "jane@example.com"}, func([]byte) []byte { return []byte("{}") }, Actor{})
			require.NoError(t, err)
			jobs, err = db.ResendJobs(t.Context(), other, time.Now().Add(-time.Hour))
			require.NoError(t, err)
			require.Equal(t, running.ID, jobs[0].ID)
			require.Equal(t, ResendRunning, jobs[0].State, "somebody else's goes on")

			n, err := db.DeleteOldResends(t.Context(), time.Now().Add(time.Hour), 10)
			require.NoError(t, err)
			require.Equal(t, 1, n, "those that run stay")
		})
	}
}

func TestAnErasureGoesOnThoughItsCallerGoesAway(t *testing.T) {
	db := openTest(t, testConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	events := testEvents(600) // more than one transaction takes
	for i := range events {
		events[i].Email = "jane@example.com"
	}
	_, err = db.Accept(t.Context(), bot, events)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	jane := Person{Kind: PersonEmail, Value: "jane@example.com"}
	n, err := db.ErasePerson(ctx, jane, func([]byte) []byte { cancel(); return []byte("{}") }, Actor{Name: "owner"})
	require.NoError(t, err)
	require.Equal(t, len(events), n)
	acts, err := db.Erasures(t.Context(), jane)
	require.NoError(t, err)
	require.Len(t, acts, 1, "and it is in the audit log")
	require.Equal(t, "600 events", acts[0].Note)
}
