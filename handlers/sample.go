package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// sampleSend takes a sample lead: a real event, by the same rules as those that programs post.
func (a *app) sampleSend(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	made := event.Sample(sampleName(w), a.Tester.NewID(), a.Now())
	events, _, problems := event.DecodeEvents(made.Payload(), a.Now(), a.Tester.NewID)
	if len(problems) > 0 {
		return fmt.Errorf("make a sample: %s", problems[0].Message)
	}
	taken, err := a.Store.AcceptSample(c.Request().Context(), webhookOf(c, bot.ID), events[0], actorOf(c))
	if err != nil {
		return fmt.Errorf("send a sample: %w", err)
	}
	id := taken.DeliveryID.String()
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.SampleSent(sampledURL(id)))
	}
	return seeOther(c, webhookURL(c, bot.ID, "settings/marketing?sampled="+id))
}

// sampleName is a name that the webhook sends: Lead, or the first one chosen.
func sampleName(w store.Webhook) string {
	if w.Chooses("Lead") {
		return "Lead"
	}
	return w.EventNames[0]
}

// sampledURL is the address of a sample's delivery; "" for an id that is not one.
func sampledURL(id string) string {
	if uuid.Validate(id) != nil {
		return ""
	}
	return "/deliveries/" + id
}

// sampleLead is the button that sends one.
func (a *app) sampleLead(ctx context.Context, w store.Webhook, editable bool) (views.SampleLead, error) {
	sent, err := a.Store.HasSample(ctx, w.BotID)
	if err != nil {
		return views.SampleLead{}, err
	}
	lead := views.SampleLead{WebhookRef: refOf(w.WebhookID), Sent: sent, Editable: editable}
	switch {
	case w.URL == "":
		lead.Why = "Enter a Webhook URL first"
	case !w.Sends():
		lead.Why = "Switch the webhook on first"
	}
	return lead, nil
}
