package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var reserveRules = map[string]func(*testing.T, Open){
	"what finds a place is claimed as it is accepted":           reserveClaims,
	"the rest is queued, behind it":                             reserveFewerPlaces,
	"what the settings keep back is not claimed":                reserveHolding,
	"a repeat takes no place":                                   reserveDuplicate,
	"what is refused gives its places back":                     reserveRefused,
	"a version that was claimed with is used":                   reserveUsesVersion,
	"subscribers hear of it after it was handed over":           reserveBeforeFeed,
	"what a process that died had been given is due again":      reserveRecovered,
	"a lease that ended is claimed again":                       reserveLeaseEnds,
	"what is handed back unsent is queued, no attempt is spent": reserveHandedBack,
}

// reserving has a bundle's database ask for places; what it hands over is kept.
type reserving struct {
	*bundle
	places int
	ended  int
	got    []store.Claimed
}

func reserve(t *testing.T, open Open, places int) *reserving {
	r := &reserving{bundle: setup(t, open), places: places}
	r.ReserveFrom(func(store.WebhookID, int) store.Reservation {
		return store.Reservation{Places: r.places, Lease: lease, End: func(c store.Claimed) {
			r.ended++
			if len(c.Claims) > 0 {
				r.got = append(r.got, c)
			}
		}}
	})
	return r
}

func reserveClaims(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	e := r.event("lead-1", func(e *store.NewDelivery) {
		e.Email, e.Warnings = "jane@example.com", []store.Warning{{Pointer: "/event_time", Message: "old"}}
	})
	accepted, err := r.Accept(r.ctx(), r.bot, []store.NewDelivery{e})
	require.NoError(t, err)
	require.Equal(t, store.Queued, accepted[0].Status, "whoever posted it need not know")
	require.Len(t, r.got, 1)
	got := r.got[0]
	require.Equal(t, r.webhook().Version, got.Webhook.Version)
	require.Equal(t, hook, got.Webhook.URL)
	require.NotEmpty(t, got.Webhook.Secret)
	require.Equal(t, r.clock.Now().Add(lease), got.NextDue, "a lease's end counts")
	require.Len(t, got.Claims, 1)

	kept := r.delivery(e.ID)
	require.Equal(t, store.Sending, kept.Status)
	kept.BotName = "" // a claim has none
	require.Equal(t, kept, got.Claims[0].Delivery, "as reading it back would give it")
	require.Empty(t, r.claim(10).Claims, "nobody else gets it")

	r.settle(delivered(r.bundle, got.Claims[0]))
	require.Equal(t, store.Delivered, r.delivery(e.ID).Status)
	attempts, err := r.Attempts(r.ctx(), r.bot, e.ID)
	require.NoError(t, err)
	require.Len(t, attempts, 1)
	require.Equal(t, 1, attempts[0].Number)
}

func reserveFewerPlaces(t *testing.T, open Open) {
	r := reserve(t, open, 2)
	ids := r.accept(r.events(5)...)
	require.Equal(t, ids[:2], claimIDs(r.got[0].Claims))
	require.Equal(t, ids[2:], claimIDs(r.claim(10).Claims))
}

func reserveHolding(t *testing.T, open Open) {
	for name, change := range map[string]store.WebhookChange{
		"off":          {Enabled: new(false)},
		"no URL":       {URL: new("")},
		"not chosen":   {EventNames: &[]string{"Purchase"}},
		"still edited": {URL: new(hook + "/2"), QuietFor: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			r := reserve(t, open, 8)
			r.save(change)
			id := r.accept(r.event("lead-1"))[0]
			require.Empty(t, r.got)
			require.NotEqual(t, store.Sending, r.delivery(id).Status)
			require.Equal(t, 1, r.ended)
		})
	}
}

func reserveDuplicate(t *testing.T, open Open) {
	r := reserve(t, open, 1)
	e, other := r.event("lead-1"), r.event("lead-2")
	r.accept(e)
	r.accept(e, other)
	require.Equal(t, []uuid.UUID{other.ID}, claimIDs(r.got[1].Claims))
}

func reserveRefused(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	r.accept(r.event("lead-1"))
	_, err := r.Accept(r.ctx(), r.bot, []store.NewDelivery{r.event("fresh"), r.event("lead-1", named("Other"), func(e *store.NewDelivery) { e.Payload = []byte("{}") })})
	var conflict *store.EventConflictError
	require.ErrorAs(t, err, &conflict)
	require.Len(t, r.got, 1, "nothing of it was handed over")
	require.Equal(t, 2, r.ended)
	_, err = r.Accept(r.ctx(), uuid.New(), []store.NewDelivery{r.event("lead-2")})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, 3, r.ended)
}

func reserveUsesVersion(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	before := r.webhook().Version
	r.accept(r.event("lead-1"))
	r.save(store.WebhookChange{URL: new(hook + "/2")})
	used, err := r.WebhookVersion(r.ctx(), store.FirstWebhook(r.bot), before)
	require.NoError(t, err)
	require.Equal(t, hook, used.URL, "it stays in the history")
}

func reserveBeforeFeed(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	var heard []store.What
	defer r.Subscribe(func(notices []store.Notice) {
		for _, n := range notices {
			heard = append(heard, n.What)
			require.Len(t, r.got, len(heard))
		}
	})()
	r.accept(r.event("lead-1"))
	r.accept(r.event("lead-2"))
	require.Equal(t, []store.What{0, 0}, heard, "it is news, and nothing is due")
}

func reserveRecovered(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	id := r.accept(r.event("lead-1"))[0]
	again := r.reopen()
	c, err := again.Claim(r.ctx(), store.FirstWebhook(r.bot), 10, lease)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{id}, claimIDs(c.Claims))
	require.Greater(t, c.Claims[0].Token, r.got[0].Claims[0].Token)
}

func reserveLeaseEnds(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	id := r.accept(r.event("lead-1"))[0]
	r.clock.Add(lease)
	require.Equal(t, []uuid.UUID{id}, claimIDs(r.claim(10).Claims))
	_, err := r.Settle(r.ctx(), delivered(r.bundle, r.got[0].Claims[0]))
	require.ErrorIs(t, err, store.ErrLeaseLost)
}

func reserveHandedBack(t *testing.T, open Open) {
	r := reserve(t, open, 8)
	id := r.accept(r.event("lead-1"))[0]
	require.NoError(t, r.Unclaim(r.ctx(), r.got[0].Claims))
	d := r.delivery(id)
	require.Equal(t, store.Queued, d.Status)
	require.Zero(t, d.Attempts)
}
