package store

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestAResendOfManyTakesWhatCanBeResentOneByOne holds the three places that know what may be sent again against each other:
// the act on one delivery, the search for many, and the second look at each of those.
func TestAResendOfManyTakesWhatCanBeResentOneByOne(t *testing.T) {
	for _, status := range []Status{Queued, Sending, Retrying, Delivered, Failed, Held, Skipped} {
		for _, reason := range []string{"", ReasonOff, ReasonErased} {
			for _, isTest := range []bool{false, true} {
				t.Run(fmt.Sprint(status, " ", reason, " test ", isTest), func(t *testing.T) {
					db := openTest(t, testConfig(t))
					bot, err := newSendingBot(t.Context(), db)
					require.NoError(t, err)
					id := uuid.Must(uuid.NewV7())
					_, err = db.Accept(t.Context(), bot, []NewDelivery{{ID: id, EventID: "e", EventName: "Lead", Payload: []byte(`{}`)}})
					require.NoError(t, err)
					require.NoError(t, db.write(t.Context(), func(tx *tx) error {
						_, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, test = ? WHERE id = ?`, string(status), reason, isTest, idBytes(id))
						return err
					}))
					d, err := db.Delivery(t.Context(), id)
					require.NoError(t, err)
					may := d.Resendable() == nil && !status.OnItsWay()

					f := DeliveryFilter{BotID: bot, Status: []Status{status}}
					n, err := db.CountResend(t.Context(), f, 2)
					require.NoError(t, err)
					require.Equal(t, may, n == 1, "the search")
					require.Equal(t, may, Job{Filter: f.ForResend()}.takes(d), "the second look")

					_, err = db.Resend(t.Context(), bot, id, Actor{})
					require.ErrorIs(t, err, d.Resendable(), "one by one")
				})
			}
		}
	}
}
