package db

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/number"
)

// TestAResendOfManyTakesWhatCanBeResentOneByOne holds the three places that know what may be sent again against each other:
// the act on one delivery, the search for many, and the second look at each of those.
func TestAResendOfManyTakesWhatCanBeResentOneByOne(t *testing.T) {
	for _, status := range []store.Status{store.Queued, store.Sending, store.Retrying, store.Delivered, store.Failed, store.Held, store.Skipped} {
		for _, reason := range []string{"", store.ReasonOff, store.ReasonErased} {
			for _, isTest := range []bool{false, true} {
				t.Run(fmt.Sprint(status, " ", reason, " test ", isTest), func(t *testing.T) {
					db := openTest(t, migratedConfig(t))
					bot, err := newSendingBot(t.Context(), db)
					require.NoError(t, err)
					id := uuid.Must(uuid.NewV7())
					_, err = db.Accept(t.Context(), bot, []store.NewDelivery{{ID: id, EventID: "e", EventName: "Lead", Payload: []byte(`{}`)}})
					require.NoError(t, err)
					require.NoError(t, db.write(t.Context(), func(tx *tx) error {
						_, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, test = ? WHERE number = ?`, string(status), reason, isTest, number.Of(id))
						return err
					}))
					d, err := db.Delivery(t.Context(), id)
					require.NoError(t, err)
					may := d.Resendable() == nil && !status.OnItsWay()

					f := store.DeliveryFilter{BotID: bot, Status: []store.Status{status}}
					n, err := db.CountResend(t.Context(), f, 2)
					require.NoError(t, err)
					require.Equal(t, may, n == 1, "the search")
					require.Equal(t, may, store.Job{Filter: f.ForResend()}.Takes(d), "the second look")

					_, err = db.Resend(t.Context(), bot, id, store.Actor{})
					require.ErrorIs(t, err, d.Resendable(), "one by one")
				})
			}
		}
	}
}
