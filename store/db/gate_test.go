package db

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// TestAChangeCountsWithinItsGroup: whatever decides where events go is seen by those that come after it in the same
// transaction, though a group reads it once.
func TestAChangeCountsWithinItsGroup(t *testing.T) {
	type then struct {
		status store.Status
		err    error
	}
	save := func(c store.WebhookChange) func(*tx, uuid.UUID) error {
		return func(tx *tx, bot uuid.UUID) error { _, err := tx.saveWebhook(store.FirstWebhook(bot), c); return err }
	}
	for name, c := range map[string]struct {
		before store.WebhookChange
		change func(*tx, uuid.UUID) error
		want   then
	}{
		"switched off by a person": {
			change: save(store.WebhookChange{Enabled: new(false)}),
			want:   then{status: store.Held},
		},
		"other events chosen": {
			change: save(store.WebhookChange{EventNames: &[]string{"Purchase"}}),
			want:   then{status: store.Skipped},
		},
		"switched off by us": {
			change: func(tx *tx, bot uuid.UUID) error { return tx.switchOff(store.FirstWebhook(bot), "gone") },
			want:   then{status: store.Held},
		},
		"no longer settling": {
			before: store.WebhookChange{URL: new(""), QuietFor: time.Hour},
			change: func(tx *tx, bot uuid.UUID) error { _, err := tx.useWebhook(store.FirstWebhook(bot)); return err },
			want:   then{status: store.Held},
		},
		"deleted": {
			change: func(tx *tx, bot uuid.UUID) error { return tx.deleteBot(bot, store.Actor{}, 0) },
			want:   then{err: store.ErrNotFound},
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t, migratedConfig(t))
			bot, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot), c.before)
			require.NoError(t, err)
			var taken [2][]store.Accepted
			accept := func(i int) func(*tx) error {
				events := testEvents(1)
				fingerprints := db.cfg.Keys.StoredFingerprints(events)
				return func(tx *tx) (err error) {
					taken[i], err = tx.accept(bot, events, fingerprints, nil)
					return err
				}
			}
			errs := inOneGroup(t, db, accept(0), func(tx *tx) error { return c.change(tx, bot) }, accept(1))
			require.NoError(t, errs[0])
			require.NoError(t, errs[1])
			require.Equal(t, store.Queued, taken[0][0].Status)
			require.ErrorIs(t, errs[2], c.want.err)
			if c.want.err == nil {
				require.Equal(t, c.want.status, taken[1][0].Status)
			}
		})
	}
}
