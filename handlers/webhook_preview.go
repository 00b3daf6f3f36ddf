package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/event/format"
	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/views"
)

// webhookFormat says what a format that is being typed makes of an event (js/format.js). Nothing is saved.
func (a *app) webhookFormat(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	shown, err := a.preview(c.Request().Context(), bot.ID, formatOf(typedFormat(form)), typedLeaveOut(form))
	if err != nil {
		return err
	}
	beside := places{"format-problems": views.FormatProblems(shown.Problems)}
	if len(shown.Problems) == 0 { // else the last picture stays
		beside["format-result"] = views.FormatResult(shown)
	}
	notes, err := beside.render(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Notes map[string]string `json:"notes"`
	}{notes})
}

// preview makes the body of the last real event, with its person masked, or of the example.
func (a *app) preview(ctx context.Context, botID uuid.UUID, f option.Format, leaveOut []string) (views.FormatPreview, error) {
	checked, problems := checkFormat(f)
	leaveOut, others := checkLeaveOut(leaveOut)
	if problems = append(problems, others...); len(problems) > 0 {
		return views.FormatPreview{Problems: problems}, nil
	}
	shown := views.FormatPreview{Hashed: checked.Type == option.FormatMetaCAPI}
	payload, err := a.lastRealEvent(ctx, botID)
	if err != nil {
		return shown, err
	}
	if shown.Real = payload != nil; !shown.Real {
		payload = event.WithAttribution(event.ExampleEvent()).Payload()
	}
	body, _, err := format.Render(payload, checked, leaveOut)
	if tooLarge := (*template.TooLargeError)(nil); errors.As(err, &tooLarge) {
		shown.Problems = []string{tooLarge.Error()}
		return shown, nil
	}
	if err != nil {
		return shown, fmt.Errorf("preview format: %w", err)
	}
	shown.Body = visible(indented(body))
	return shown, nil
}

// lastRealEvent is the newest event that is no test, with its person masked; nil if there is none.
func (a *app) lastRealEvent(ctx context.Context, botID uuid.UUID) ([]byte, error) {
	page, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: botID, Test: new(bool), Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("find the last event: %w", err)
	}
	if len(page.Deliveries) == 0 {
		return nil, nil
	}
	d, err := a.Store.Delivery(ctx, page.Deliveries[0].ID)
	if errors.Is(err, store.ErrNotFound) { // it left meanwhile
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last event: %w", err)
	}
	if d.Reason == store.ReasonErased {
		return nil, nil
	}
	return event.MaskPayload(d.Payload), nil
}
