package db

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

// newResends makes bots with failed events and starts a resend for each.
func newResends(t *testing.T, db *DB, bots, events int) (jobs []store.Job) {
	t.Helper()
	ctx := t.Context()
	for range bots {
		bot, err := newSendingBot(ctx, db)
		require.NoError(t, err)
		_, err = db.Accept(ctx, bot, testEvents(events))
		require.NoError(t, err)
		claimed, err := db.Claim(ctx, store.FirstWebhook(bot), events, time.Minute)
		require.NoError(t, err)
		for _, c := range claimed.Claims {
			_, err = db.Settle(ctx, store.Settlement{Token: c.Token, Status: store.Failed, Attempt: store.Attempt{
				BotID: bot, DeliveryID: c.ID, StartedAt: time.Now(), StatusCode: 500, WebhookVersion: claimed.Webhook.Version,
			}})
			require.NoError(t, err)
		}
		j, err := db.StartResend(ctx, store.DeliveryFilter{BotID: bot}, store.Actor{})
		require.NoError(t, err)
		jobs = append(jobs, j)
	}
	return jobs
}

func newJobWorker(db *DB) *upkeep.JobWorker {
	return &upkeep.JobWorker{DB: db, Without: withoutAll, Log: slog.New(slog.DiscardHandler)}
}

func withoutAll([]byte) []byte { return []byte("{}") }

// endJob takes a job that was just started through all its steps.
func endJob(t *testing.T, db *DB, j store.Job, err error) store.Job {
	t.Helper()
	require.NoError(t, err)
	for j.State == store.JobRunning {
		j, err = db.StepJob(t.Context(), j, 100, withoutAll)
		require.NoError(t, err)
	}
	return j
}

// erase takes a person out, and returns from how many events.
func erase(t *testing.T, db *DB, p store.Person) int {
	t.Helper()
	j, err := db.StartErase(t.Context(), p, store.Actor{})
	return endJob(t, db, j, err).Done
}

// However many run, each round takes all of them a step on: none starves behind newer ones.
func TestEveryRunningResendGetsItsStep(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	jobs := newResends(t, db, 25, 2)
	_, err := newJobWorker(db).Round(t.Context())
	require.NoError(t, err)
	for _, j := range jobs {
		after, err := db.Job(t.Context(), j.ID)
		require.NoError(t, err)
		require.Equal(t, 2, after.Done)
		require.Equal(t, store.JobDone, after.State)
	}
}

func TestAResendThatFailsStopsNoOther(t *testing.T) {
	for name, damage := range map[string]string{
		"unreadable":  `UPDATE jobs SET about = 'v1:0badc0de:AAAA' WHERE id = ?`,
		"not sealed":  `UPDATE jobs SET about = 'x' WHERE id = ?`,
		"no filter":   `UPDATE jobs SET about = '' WHERE id = ?`,
		"wrong types": `UPDATE jobs SET started_at = 'noon' WHERE id = ?`,
	} {
		for broken := range 3 {
			t.Run(name, func(t *testing.T) {
				db := openTest(t, migratedConfig(t))
				jobs := newResends(t, db, 3, 1)
				require.NoError(t, db.write(t.Context(), func(tx *tx) error {
					_, err := tx.exec(damage, idBytes(jobs[broken].ID))
					return err
				}))
				running, err := newJobWorker(db).Round(t.Context())
				require.ErrorContains(t, err, jobs[broken].ID.String())
				require.False(t, running)
				for i, j := range jobs {
					if i != broken {
						after, err := db.Job(t.Context(), j.ID)
						require.NoError(t, err)
						require.Equal(t, store.JobDone, after.State)
					}
				}
			})
		}
	}
}

// Of jobs of all kinds one that fails keeps no other from its end.
func TestAnErasureThatFailsStopsNoOther(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	resends := newResends(t, db, 1, 1)
	broken, err := db.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "anna@example.com"}, store.Actor{})
	require.NoError(t, err)
	erased, err := db.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	release, err := db.StartRelease(t.Context(), store.FirstWebhook(resends[0].BotID), store.Actor{})
	require.NoError(t, err)
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`UPDATE jobs SET about = 'v1:0badc0de:AAAA' WHERE id = ?`, idBytes(broken.ID))
		return err
	}))
	running, err := newJobWorker(db).Round(t.Context())
	require.ErrorContains(t, err, broken.ID.String())
	require.False(t, running)
	for _, j := range []store.Job{resends[0], erased, release} {
		after, err := db.Job(t.Context(), j.ID)
		require.NoError(t, err)
		require.Equal(t, store.JobDone, after.State, j.Kind)
	}
}
