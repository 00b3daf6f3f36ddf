package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatALateSettlementMakesOfADelivery(t *testing.T) {
	ok, failed, again := Settlement{Token: 7, Status: Delivered}, Settlement{Token: 7, Status: Failed}, Settlement{Token: 7, Status: Retrying}
	for name, c := range map[string]struct {
		found DeliveryState
		late  Settlement
		want  Late
		err   error
	}{
		"held, a 2xx":             {found: DeliveryState{Status: Held, Reason: ReasonOff}, late: ok, want: Late{Delivered, true}},
		"held, a failure":         {found: DeliveryState{Status: Held, Reason: ReasonOff}, late: failed, want: Late{Held, true}},
		"held, a retry":           {found: DeliveryState{Status: Held, Reason: ReasonNoURL}, late: again, want: Late{Held, true}},
		"released, a 2xx":         {found: DeliveryState{Status: Queued}, late: ok, want: Late{Delivered, true}},
		"released, a failure":     {found: DeliveryState{Status: Queued}, late: failed, want: Late{Queued, true}},
		"released, a retry":       {found: DeliveryState{Status: Queued}, late: again, want: Late{Queued, true}},
		"waits again, a 2xx":      {found: DeliveryState{Status: Retrying}, late: ok, want: Late{Delivered, true}},
		"waits again, a failure":  {found: DeliveryState{Status: Retrying}, late: failed, want: Late{Retrying, true}},
		"expired, a 2xx":          {found: DeliveryState{Status: Skipped, Reason: ReasonHeldTooLong}, late: ok, want: Late{Delivered, true}},
		"expired, a failure":      {found: DeliveryState{Status: Skipped, Reason: ReasonHeldTooLong}, late: failed, want: Late{Skipped, true}},
		"recorded, a 2xx":         {found: DeliveryState{Status: Delivered}, late: ok, want: Late{Delivered, true}},
		"recorded, a failure":     {found: DeliveryState{Status: Failed}, late: failed, want: Late{Failed, true}},
		"recorded, a retry":       {found: DeliveryState{Status: Retrying}, late: again, want: Late{Retrying, true}},
		"erased, a 2xx":           {found: DeliveryState{Status: Skipped, Reason: ReasonErased}, late: ok, want: Late{Skipped, false}},
		"erased, a failure":       {found: DeliveryState{Status: Skipped, Reason: ReasonErased}, late: failed, want: Late{Skipped, false}},
		"erased, a retry":         {found: DeliveryState{Status: Skipped, Reason: ReasonErased}, late: again, want: Late{Skipped, false}},
		"claimed again, a 2xx":    {found: DeliveryState{Status: Sending, Token: 8}, late: ok, err: ErrLeaseLost},
		"claimed again, failed":   {found: DeliveryState{Status: Sending, Token: 8}, late: failed, err: ErrLeaseLost},
		"claimed again, a retry":  {found: DeliveryState{Status: Sending, Token: 9}, late: again, err: ErrLeaseLost},
		"erased and again, a 2xx": {found: DeliveryState{Status: Skipped, Reason: ReasonErased, Token: 8}, late: ok, err: ErrLeaseLost},
		"never claimed":           {found: DeliveryState{Status: Queued, Token: 6}, late: ok, err: ErrLeaseLost},
	} {
		t.Run(name, func(t *testing.T) {
			if c.found.Token == 0 {
				c.found.Token = 7
			}
			got, err := c.late.LateFor(c.found)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}
