package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"iozen/store"
	"iozen/store/rescue"
)

const (
	// atOnce is how many are sent at the same time.
	atOnce = 4
	// sendTime bounds each of them; lease outlives it and the recording after it.
	sendTime = 30 * time.Second
	lease    = 2 * time.Minute
)

// waits are the times between the attempts to send one; after the last attempt it is given up, and the list says so.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// refusedError is an error that another attempt will not change.
type refusedError struct{ reason error }

func (e *refusedError) Error() string { return e.reason.Error() }

// again says how long to wait after a failed attempt, and whether to try again at all.
func again(attempts int, err error) (time.Duration, bool) {
	var refused *refusedError
	if errors.As(err, &refused) || attempts > len(waits) {
		return 0, false
	}
	return waits[attempts-1], true
}

// sendDue sends what is due, a few at a time, until nothing is due or the rounds are stopped.
func (n *Notifier) sendDue(ctx context.Context) error {
	for ctx.Err() == nil {
		claimed, err := n.Store.ClaimNotifications(ctx, atOnce, lease)
		if err != nil || len(claimed) == 0 {
			return err
		}
		var sending sync.WaitGroup
		for _, s := range claimed {
			sending.Go(func() {
				ctx := context.WithoutCancel(ctx)
				if err := rescue.Call(func() error { n.settle(ctx, s, n.sendSafely(ctx, s)); return nil }); err != nil {
					n.Log.Error("recording a notification", "error", err)
				}
			})
		}
		sending.Wait()
	}
	return ctx.Err()
}

// settle records what became of a send.
func (n *Notifier) settle(ctx context.Context, s store.NotificationSend, err error) {
	note, due := "", time.Time{}
	if err != nil {
		note = err.Error()
		if wait, more := again(s.Attempts, err); more {
			due = n.Now().Add(wait)
		}
		n.Log.Warn("a notification did not arrive", "channel", s.Channel, "attempt", s.Attempts, "error", err)
	}
	if err := n.Store.SettleNotification(ctx, s, due, note); err != nil {
		n.Log.Error("recording a notification", "error", err)
	}
}

// sendSafely turns a panic into a failed attempt: the log gets all of it, the list of notifications one sentence.
func (n *Notifier) sendSafely(ctx context.Context, s store.NotificationSend) error {
	err := rescue.Call(func() error { return n.send(ctx, s) })
	var panicked *rescue.Panic
	if errors.As(err, &panicked) {
		n.Log.Error("sending a notification", "channel", s.Channel, "error", err)
		return errors.New("something went wrong inside ioZen")
	}
	return err
}

// send makes one attempt on one channel.
func (n *Notifier) send(ctx context.Context, s store.NotificationSend) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	switch {
	case s.Channel == store.ChannelWebhook:
		return n.post(ctx, s.Notification)
	case n.Mail == nil:
		return &refusedError{errors.New("email is no longer set up")}
	}
	return n.Mail.Send(ctx, s.Target, n.message(s.Notification))
}

// Outcome is what became of a test on one channel.
type Outcome struct {
	Channel store.Channel
	Target  string // an address, or the webhook's URL
	Err     error
}

// Test sends a test notification now on every channel that is set up: to one address, and to the webhook.
func (n *Notifier) Test(ctx context.Context, address string) ([]Outcome, error) {
	test := store.Notification{
		ID: n.NewID(), At: n.Now(), Kind: "test", Title: "ioZen test notification",
		Text: "This is how ioZen tells you that a webhook fails, is switched off or works again.",
	}
	w, err := n.Store.NotificationWebhook(ctx)
	if err != nil {
		return nil, fmt.Errorf("testing notifications: %w", err)
	}
	var outcomes []Outcome
	if n.Mail != nil {
		outcomes = append(outcomes, Outcome{store.ChannelMail, address, n.send(ctx, store.NotificationSend{Notification: test, Channel: store.ChannelMail, Target: address})})
	}
	if w.URL != "" {
		outcomes = append(outcomes, Outcome{store.ChannelWebhook, w.URL, n.send(ctx, store.NotificationSend{Notification: test, Channel: store.ChannelWebhook})})
	}
	return outcomes, nil
}
