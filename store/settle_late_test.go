package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatALateSettlementMakesOfADelivery(t *testing.T) {
	ok, failed, again := Settlement{Token: 7, Status: Delivered}, Settlement{Token: 7, Status: Failed}, Settlement{Token: 7, Status: Retrying}
	for name, c := range map[string]struct {
		found standing
		late  Settlement
		want  late
		err   error
	}{
		"held, a 2xx":             {found: standing{status: Held, reason: ReasonOff}, late: ok, want: late{Delivered, true}},
		"held, a failure":         {found: standing{status: Held, reason: ReasonOff}, late: failed, want: late{Held, true}},
		"held, a retry":           {found: standing{status: Held, reason: ReasonNoURL}, late: again, want: late{Held, true}},
		"released, a 2xx":         {found: standing{status: Queued}, late: ok, want: late{Delivered, true}},
		"released, a failure":     {found: standing{status: Queued}, late: failed, want: late{Queued, true}},
		"released, a retry":       {found: standing{status: Queued}, late: again, want: late{Queued, true}},
		"waits again, a 2xx":      {found: standing{status: Retrying}, late: ok, want: late{Delivered, true}},
		"waits again, a failure":  {found: standing{status: Retrying}, late: failed, want: late{Retrying, true}},
		"expired, a 2xx":          {found: standing{status: Skipped, reason: ReasonHeldTooLong}, late: ok, want: late{Delivered, true}},
		"expired, a failure":      {found: standing{status: Skipped, reason: ReasonHeldTooLong}, late: failed, want: late{Skipped, true}},
		"recorded, a 2xx":         {found: standing{status: Delivered}, late: ok, want: late{Delivered, true}},
		"recorded, a failure":     {found: standing{status: Failed}, late: failed, want: late{Failed, true}},
		"recorded, a retry":       {found: standing{status: Retrying}, late: again, want: late{Retrying, true}},
		"erased, a 2xx":           {found: standing{status: Skipped, reason: ReasonErased}, late: ok, want: late{Skipped, false}},
		"erased, a failure":       {found: standing{status: Skipped, reason: ReasonErased}, late: failed, want: late{Skipped, false}},
		"erased, a retry":         {found: standing{status: Skipped, reason: ReasonErased}, late: again, want: late{Skipped, false}},
		"claimed again, a 2xx":    {found: standing{status: Sending, token: 8}, late: ok, err: ErrLeaseLost},
		"claimed again, failed":   {found: standing{status: Sending, token: 8}, late: failed, err: ErrLeaseLost},
		"claimed again, a retry":  {found: standing{status: Sending, token: 9}, late: again, err: ErrLeaseLost},
		"erased and again, a 2xx": {found: standing{status: Skipped, reason: ReasonErased, token: 8}, late: ok, err: ErrLeaseLost},
		"never claimed":           {found: standing{status: Queued, token: 6}, late: ok, err: ErrLeaseLost},
	} {
		t.Run(name, func(t *testing.T) {
			if c.found.token == 0 {
				c.found.token = 7
			}
			got, err := c.late.lateFor(c.found)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}
