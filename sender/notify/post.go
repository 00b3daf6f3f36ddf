package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"iozen/sender/outcome"
	"iozen/store"
)

// posted is the body of a notification. "text" is all of it in words, which is what chat hooks show.
type posted struct {
	Type      string    `json:"type"` // webhook.failing, …
	Timestamp time.Time `json:"timestamp"`
	Text      string    `json:"text"`
	Data      data      `json:"data"`
}

type data struct {
	BotID   string `json:"bot_id,omitempty"` // missing when it is about several
	BotName string `json:"bot_name,omitempty"`
	Webhook int    `json:"webhook,omitempty"` // its number, of those of the bot
	Title   string `json:"title"`
	Text    string `json:"text"`
	Link    string `json:"link"`
}

// post sends a notification to the workspace's webhook, as a delivery is sent: same client, guard, limits and signature.
func (n *Notifier) post(ctx context.Context, about store.Notification) error {
	w, err := n.Store.NotificationWebhook(ctx)
	if err != nil {
		return err
	}
	if w.URL == "" {
		return &refusedError{errors.New("the notification webhook was removed")}
	}
	body, err := n.body(about)
	if err != nil {
		return err
	}
	a := n.Client.Attempt(ctx,
		store.Webhook{WebhookState: store.WebhookState{Enabled: true, URL: w.URL}, Secret: w.Secret},
		store.Delivery{ID: about.ID, EventID: about.ID.String(), EventName: "webhook." + about.Kind, Payload: body})
	if a.Delivered() {
		return nil
	}
	d := outcome.DiagnoseAttempt(a)
	if d.Cause == "" || d.Cause == d.Error {
		return errors.New(d.Error)
	}
	return fmt.Errorf("%s: %s", d.Error, d.Cause)
}

func (n *Notifier) body(about store.Notification) ([]byte, error) {
	d := data{BotName: about.Bot, Webhook: about.N, Title: about.Title, Text: about.Text, Link: n.link(about)}
	if about.BotID != uuid.Nil {
		d.BotID = about.BotID.String()
	}
	body, err := json.Marshal(posted{Type: "webhook." + about.Kind, Timestamp: about.At.UTC(), Text: about.Text + "\n" + d.Link, Data: d})
	if err != nil {
		return nil, fmt.Errorf("writing a notification: %w", err)
	}
	return body, nil
}

// link leads to the page where it is fixed; the first page lists everything that needs attention.
func (n *Notifier) link(about store.Notification) string {
	if about.BotID == uuid.Nil {
		return n.PublicURL + "/"
	}
	page := "/bots/" + about.BotID.String()
	if about.N > 1 {
		page += "/webhooks/" + strconv.Itoa(about.N)
	}
	return n.PublicURL + page + "/settings/marketing"
}
