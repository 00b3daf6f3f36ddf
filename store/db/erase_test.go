package db

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

func TestWhatIsErasedIsGoneFromTheFiles(t *testing.T) {
	config := migratedConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for _, large := range []int{1, 300} { // the body in its row, and on pages of its own
		e := testEvents(1)[0]
		e.Email = "jane@example.com"
		e.Payload = []byte(`{"user_data":{"email":"jane@example.com","first_name":"MARKER-payload"}}`)
		_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
		require.NoError(t, err)
		c, err := db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
		require.NoError(t, err)
		a := store.Attempt{
			BotID: bot, DeliveryID: e.ID, StartedAt: time.Now(), WebhookVersion: 2, StatusCode: 200,
			Response: store.Response{Body: []byte(strings.Repeat("MARKER-answer ", large))},
		}
		_, err = db.Settle(t.Context(), store.Settlement{Token: c.Claims[0].Token, Attempt: a, Status: store.Delivered})
		require.NoError(t, err)
	}
	raw := func() string {
		out, err := exec.Command("cat", path, path+"-wal").Output()
		require.NoError(t, err)
		return string(out)
	}
	require.Contains(t, raw(), "MARKER-payload")
	require.Equal(t, 2, erase(t, db, store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}))
	require.NotContains(t, raw(), "MARKER")
	require.NotContains(t, raw(), "jane@example.com")
}

// A backup, or a shell, that reads while somebody is erased keeps the write-ahead log as it was. That is told, and the log is
// emptied once the reader has gone.
func TestWhatIsErasedBesideAReaderLeavesTheFilesOnceItHasGone(t *testing.T) {
	config := migratedConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)[0]
	e.Email, e.Payload = "jane@example.com", []byte(`{"user_data":{"email":"jane@example.com","first_name":"MARKER-payload"}}`)
	_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
	require.NoError(t, err)

	beside, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer beside.Close()
	reading, err := beside.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var rows int
	require.NoError(t, reading.QueryRow(`SELECT COUNT(*) FROM deliveries`).Scan(&rows))
	require.Equal(t, 1, rows)

	j, err := db.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	j = endJob(t, db, j, err)
	require.Equal(t, []any{store.JobDone, store.ReasonNotWiped, 1}, []any{j.State, j.Reason, j.Done})
	maintenance := &upkeep.Maintenance{DB: db, Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, maintenance.Round(t.Context()), "a reader is not a failure")
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
	require.NoError(t, maintenance.Round(t.Context()))
	require.NotContains(t, raw(), "MARKER")
	require.NotContains(t, raw(), "jane@example.com")
}

// What a resend searched for is forgotten when it ends, and when who was searched for is erased.
func TestAResendForgetsWhomItSearchedFor(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *DB, store.Job){
		"when it is done": func(t *testing.T, db *DB, j store.Job) {
			for j.State == store.JobRunning {
				var err error
				j, err = db.StepJob(t.Context(), j, 10, nil)
				require.NoError(t, err)
			}
		},
		"when it is stopped": func(t *testing.T, db *DB, j store.Job) {
			_, err := db.StopJob(t.Context(), j.ID, store.Actor{})
			require.NoError(t, err)
		},
		"when the person is erased": func(t *testing.T, db *DB, j store.Job) {
			erase(t, db, store.Person{Kind: store.PersonEmail, Value: "mailto:Jane@Example.com"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t, migratedConfig(t))
			bot, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			other, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			j, err := db.StartResend(t.Context(), store.DeliveryFilter{BotID: bot, Status: []store.Status{store.Failed}, Query: "jane@example.com"}, store.Actor{})
			require.NoError(t, err)
			end(t, db, j)
			running, err := db.StartResend(t.Context(), store.DeliveryFilter{BotID: other, Status: []store.Status{store.Failed}, Query: "anna@example.com"}, store.Actor{})
			require.NoError(t, err)

			jobs, err := db.Jobs(t.Context(), store.JobFilter{BotID: bot, Kinds: []store.JobKind{store.JobResend}, EndedAfter: time.Now().Add(-time.Hour)})
			require.NoError(t, err)
			require.Len(t, jobs, 1)
			require.NotEqual(t, store.JobRunning, jobs[0].State)
			require.NotContains(t, fmt.Sprint(jobs[0].Filter), "jane")
			require.Equal(t, []store.Status{store.Failed}, jobs[0].Filter.Status, "the words of the page need it")

			erase(t, db, store.Person{Kind: store.PersonEmail, Value: "jane@example.com"})
			jobs, err = db.Jobs(t.Context(), store.JobFilter{BotID: other, Kinds: []store.JobKind{store.JobResend}, EndedAfter: time.Now().Add(-time.Hour)})
			require.NoError(t, err)
			require.Equal(t, running.ID, jobs[0].ID)
			require.Equal(t, store.JobRunning, jobs[0].State, "somebody else's goes on")

			_, err = db.DeleteOldJobs(t.Context(), time.Now().Add(time.Hour), 10)
			require.NoError(t, err)
			jobs, err = db.Jobs(t.Context(), store.JobFilter{Kinds: []store.JobKind{store.JobResend, store.JobErase}})
			require.NoError(t, err)
			require.Len(t, jobs, 1, "those that run stay")
			require.Equal(t, running.ID, jobs[0].ID)
		})
	}
}

// Who is erased stands sealed in the job, as long as that goes on, and nowhere once it has ended.
func TestTheJobOfAnErasureTellsNobodyWhoItIs(t *testing.T) {
	config := migratedConfig(t)
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	events := testEvents(2)
	for i := range events {
		events[i].Email = "jane@example.com"
	}
	_, err = db.Accept(t.Context(), bot, events)
	require.NoError(t, err)
	about := func(id any) (text string) {
		require.NoError(t, db.reader.Row(t.Context(), `SELECT about FROM jobs WHERE id = ?`, id).Scan(&text))
		return text
	}
	j, err := db.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	j, err = db.StepJob(t.Context(), j, 1, withoutAll)
	require.NoError(t, err)
	require.Equal(t, 1, j.Done)
	under := about(idBytes(j.ID))
	require.True(t, strings.HasPrefix(under, "v1:"), under)
	require.NotContains(t, under, "jane")
	j = endJob(t, db, j, nil)
	require.Equal(t, 2, j.Done)
	raw, err := exec.Command("cat", db.Path(), db.Path()+"-wal").Output()
	require.NoError(t, err)
	require.NotContains(t, string(raw), under, "what was sealed is gone from the files")
}

// A crash after the last event, before the log was emptied: the next process empties it, and says so once.
func TestAnErasureThatLacksOnlyTheEmptyLogIsEnded(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	j, err := db.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		j.Person = store.Person{}
		return tx.updateJob(&j)
	}))
	_, err = newJobWorker(db).Round(t.Context())
	require.NoError(t, err)
	j, err = db.Job(t.Context(), j.ID)
	require.NoError(t, err)
	require.Equal(t, store.JobDone, j.State)
	acts, err := db.Erasures(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"})
	require.NoError(t, err)
	require.Empty(t, acts, "who erased the last event has said so")
}
