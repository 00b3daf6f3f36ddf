package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// deliveryPage shows one delivery, with personal data masked.
func (a *app) deliveryPage(c echo.Context) error {
	news := a.Store.News()
	d, err := a.delivery(c)
	if err != nil {
		return err
	}
	revealed := kept(c, views.ShownOf(views.ShownDelivery, d.ID.String()), new(bool))
	page, err := a.deliveryView(c, d, c.QueryParam("attempt"), revealed)
	if err != nil {
		return err
	}
	page.Live = views.Live{URL: views.BotURL(page.BotID, "live"), Seen: news}
	page.Here = c.Request().URL.RequestURI()
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.DeliveryBody(page))
	}
	page.Scripts = []string{"js/parts.js", "js/back.js"}
	return a.render(c, http.StatusOK, views.Delivery(page))
}

// deliveryView is a delivery with the request and answer of one attempt, the last one unless another is named.
func (a *app) deliveryView(c echo.Context, d store.Delivery, attempt string, revealed bool) (page views.DeliveryPage, err error) {
	ctx := c.Request().Context()
	w, err := a.webhookOnce(ctx, d.WebhookID())
	if err != nil {
		return page, err
	}
	attempts, err := a.Store.Attempts(ctx, d.BotID, d.ID)
	if err != nil {
		return page, fmt.Errorf("load attempts of delivery %s: %w", d.ID, err)
	}
	shown := d
	if !revealed {
		shown, attempts = masked(d, attempts)
	}
	page = a.deliveryFrame(c, shown, w, attempts)
	if err := a.addEndpoint(ctx, &page, d); err != nil {
		return page, err
	}
	page.Revealed, page.CanReveal = revealed, page.CanReveal && !revealed
	page.Event, page.Attribution = eventFacts(d, shown.Payload), attributionOf(shown.Payload)
	if page.Changes, err = a.changesBeforeFailure(ctx, d, attempts); err != nil {
		return page, err
	}
	if current := chosenAttempt(attempts, attempt); current != nil {
		if page.Exchange, err = a.exchange(ctx, d, *current, w, shown.Payload); err != nil {
			return page, err
		}
		page.Exchange.Masked = !revealed && !bytes.Equal(shown.Payload, d.Payload)
		for i := range page.Attempts {
			page.Attempts[i].Current = page.Attempts[i].Number == current.Number
		}
	}
	return page, nil
}

// masked hides the person of a delivery in everything shown of it, from readers who may not see personal data, or have not
// asked to.
func masked(d store.Delivery, attempts []store.Attempt) (store.Delivery, []store.Attempt) {
	hidden := make([]store.Attempt, len(attempts))
	for i, at := range attempts {
		hidden[i] = event.MaskAttempt(at, d.Payload)
	}
	return event.MaskDelivery(d), hidden
}

// deliveryFrame is all of the page that does not depend on what is revealed.
func (a *app) deliveryFrame(c echo.Context, d store.Delivery, w store.Webhook, attempts []store.Attempt) views.DeliveryPage {
	page := views.DeliveryPage{
		Page: a.botPage(c, d.BotID, d.BotName, "Delivery"),
		ID:   d.ID.String(), WebhookRef: refOf(d.WebhookID()), BotName: d.BotName,
		EventName: d.EventName, Test: d.Test, Sample: store.IsSample(d.EventID), Outcome: a.outcome(d, attempts), Erased: d.Reason == store.ReasonErased,
	}
	page.Kind, page.Icon, page.Status = recentStatus(d.Status)
	if d.Status == store.Retrying {
		page.Next = d.DueAt
	}
	if mayEdit(c) {
		page.CanReveal = !page.Erased
		if page.Resend = resendOf(d); page.Resend.Label != "" && !w.Sends() {
			page.Resend.Label, page.Off = "", true
		}
	} else {
		page.Ask, page.Outcome.Edit = resendOf(d).Label != "", views.TestAction{}
	}
	for _, x := range d.Warnings {
		page.Warnings = append(page.Warnings, views.Fact{Name: x.Pointer, Text: x.Message})
	}
	a.addAxis(&page, d, attempts)
	for _, at := range slices.Backward(attempts) {
		page.Attempts = append(page.Attempts, attemptRow(at))
	}
	return page
}

// chosenAttempt is the attempt that an address names by its number, or else the last; nil before the first.
func chosenAttempt(attempts []store.Attempt, number string) *store.Attempt {
	if len(attempts) == 0 {
		return nil
	}
	n, _ := strconv.Atoi(number) // an invalid number matches no attempt
	for i := range attempts {
		if attempts[i].Number == n {
			return &attempts[i]
		}
	}
	return &attempts[len(attempts)-1]
}

// deliveryReveal lets the caller see a delivery with its personal data, for a while. It is in the audit log before that.
func (a *app) deliveryReveal(c echo.Context) error {
	d, err := a.delivery(c)
	if err != nil {
		return err
	}
	if err := a.audit(c, store.AuditEntry{Action: "delivery.reveal", BotID: d.BotID, N: d.Webhook, Target: d.ID.String()}); err != nil {
		return err
	}
	if err := a.keep(c, views.ShownOf(views.ShownDelivery, d.ID.String()), true); err != nil {
		return err
	}
	here := "/deliveries/" + d.ID.String()
	if n, err := strconv.Atoi(c.FormValue("attempt")); err == nil && n > 0 {
		here += "?attempt=" + strconv.Itoa(n)
	}
	return seeOther(c, here)
}

// attemptRow words an attempt for the list.
func attemptRow(at store.Attempt) views.AttemptRow {
	row := views.AttemptRow{
		Number: at.Number, Version: at.WebhookVersion, At: at.StartedAt, Duration: at.Duration,
		Path: at.RemoteAddr,
	}
	if at.Protocol != "" {
		row.Path += " " + at.Protocol
	}
	row.Kind, row.Icon, row.Headline = attemptHeadline(at)
	return row
}

// settingsOf are the settings that an attempt was made with. The signing secret is not part of a version.
func (a *app) settingsOf(ctx context.Context, at store.Attempt, now store.Webhook) (store.Webhook, error) {
	v, err := a.Store.WebhookVersion(ctx, now.WebhookID, at.WebhookVersion)
	if err != nil {
		return now, fmt.Errorf("load settings of attempt %d: %w", at.Number, err)
	}
	now.Version, now.URL, now.Headers, now.Damaged.Headers, now.Set = v.Version, v.URL, v.Headers, v.Damaged, v.Set
	return now, nil
}
