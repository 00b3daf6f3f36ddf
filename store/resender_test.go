package store

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newResends makes bots with failed events and starts a resend for each.
func newResends(t *testing.T, db *DB, bots, events int) (jobs []ResendJob) {
	t.Helper()
	ctx := t.Context()
	for range bots {
		bot, err := newSendingBot(ctx, db)
		require.NoError(t, err)
		_, err = db.Accept(ctx, bot, testEvents(events))
		require.NoError(t, err)
		claimed, err := db.Claim(ctx, bot, events, time.Minute)
		require.NoError(t, err)
		for _, c := range claimed.Claims {
			_, err = db.Settle(ctx, Settlement{Token: c.Token, Status: Failed, Attempt: Attempt{
				BotID: bot, DeliveryID: c.ID, StartedAt: time.Now(), StatusCode: 500, WebhookVersion: claimed.Webhook.Version,
			}})
			require.NoError(t, err)
		}
		j, err := db.StartResend(ctx, DeliveryFilter{BotID: bot}, Actor{})
		require.NoError(t, err)
		jobs = append(jobs, j)
	}
	return jobs
}

func newResender(db *DB) *Resender {
	return &Resender{DB: db, Log: slog.New(slog.DiscardHandler)}
}

// However many run, each round takes all of them a step on: none starves behind newer ones.
func TestEveryRunningResendGetsItsStep(t *testing.T) {
	db := openTest(t, testConfig(t))
	jobs := newResends(t, db, 25, 2)
	_, err := newResender(db).Round(t.Context())
	require.NoError(t, err)
	for _, j := range jobs {
		after, err := db.resend(t.Context(), j.ID)
		require.NoError(t, err)
		require.Equal(t, 2, after.Done)
		require.Equal(t, ResendDone, after.State)
	}
}

func TestAResendThatFailsStopsNoOther(t *testing.T) {
	for name, damage := range map[string]string{
		"unreadable":  `UPDATE resend_jobs SET filter = 'v1:0badc0de:AAAA' WHERE id = ?`,
		"not sealed":  `UPDATE resend_jobs SET filter = 'x' WHERE id = ?`,
		"no filter":   `UPDATE resend_jobs SET filter = '' WHERE id = ?`,
		"wrong types": `UPDATE resend_jobs SET started_at = 'noon' WHERE id = ?`,
	} {
		for broken := range 3 {
			t.Run(name, func(t *testing.T) {
				db := openTest(t, testConfig(t))
				jobs := newResends(t, db, 3, 1)
				require.NoError(t, db.write(t.Context(), func(tx *tx) error {
					_, err := tx.exec(damage, idBytes(jobs[broken].ID))
					return err
				}))
				running, err := newResender(db).Round(t.Context())
				require.ErrorContains(t, err, jobs[broken].ID.String())
				require.False(t, running)
				for i, j := range jobs {
					if i != broken {
						after, err := db.resend(t.Context(), j.ID)
						require.NoError(t, err)
						require.Equal(t, ResendDone, after.State)
					}
				}
			})
		}
	}
}
