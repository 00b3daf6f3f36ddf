package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/sender/alert"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// endpoints are the webhooks of a bot, for the pages about one of them. A bot with one has no rows.
func (a *app) endpoints(c echo.Context, current store.WebhookID) (views.Endpoints, error) {
	ctx := c.Request().Context()
	list := views.Endpoints{BotID: current.BotID.String(), Editable: mayEdit(c), Moved: c.QueryParam("moved"), Back: refOf(current).At("settings/marketing")}
	names, err := a.endpointNames(ctx, current.BotID)
	if err != nil || len(names) < 2 {
		return list, err
	}
	list.Full = len(names) >= store.MaxWebhooks
	states, err := a.statesOf(ctx, current.BotID)
	if err != nil {
		return list, err
	}
	for _, name := range names {
		for _, s := range states {
			if s.N != name.N {
				continue
			}
			row, err := a.endpointRow(ctx, s, name)
			if err != nil {
				return list, err
			}
			row.Current = name.N == current.N
			list.Rows = append(list.Rows, row)
		}
	}
	return list, nil
}

func (a *app) endpointRow(ctx context.Context, state store.BotState, name store.WebhookName) (views.EndpointRow, error) {
	row := views.EndpointRow{WebhookRef: refOf(state.WebhookID()), Name: name.Label(), Host: sendsTo(name.URL), Tool: toolOf(name.URL)}
	day, err := a.dayOfEvents(ctx, state.WebhookID(), a.Now())
	if err != nil {
		return row, err
	}
	row.Last = state.Health.LastSuccessAt
	row.Kind, row.Status = webhookStatus(state.Webhook, state.Health, a.Now())
	row.Flow, row.Health = endpointHealth(state, day, a.Now())
	return row, nil
}

// endpointHealth says in a few words how a webhook does: what is wrong or, of what came to an end in 24 hours, how much got
// through.
func endpointHealth(s store.BotState, day dayOfEvents, now time.Time) (views.PipeState, string) {
	switch {
	case s.Webhook.SwitchedOff != nil:
		return views.PipeBad, heldText(s.Held)
	case alert.IsFailing(s.Webhook, s.Health, now), s.Webhook.Enabled && s.Health.FailsAt(s.Webhook.ChangedAt):
		return views.PipeBad, outcome.Diagnose(s.Health.LastOutcome, s.Health.LastCode, nil).Error
	case !s.Webhook.Sends():
		return views.PipeNone, heldText(s.Held)
	case day.delivered+day.failed == 0:
		return views.PipeNone, ""
	}
	return views.PipeOK, percentOf(day.delivered, day.delivered+day.failed)
}

func heldText(held int) string {
	if held == 0 {
		return ""
	}
	return ui.Number(held) + " held"
}

// endpointAdd gives a bot another webhook, and leads to its settings.
func (a *app) endpointAdd(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	name, problem := store.CheckName("endpoint", c.FormValue("name"))
	if problem != "" {
		return a.renderMarketing(c, http.StatusUnprocessableEntity, bot, func(m *views.Marketing) {
			m.Endpoints.Name, m.Endpoints.Error = c.FormValue("name"), problem
		})
	}
	w, err := a.Store.AddWebhook(c.Request().Context(), bot.ID, name, actorOf(c))
	if err != nil {
		return fmt.Errorf("add webhook: %w", err)
	}
	return a.sayAt(c, refOf(w.WebhookID).At("settings/marketing"), ui.OK, name+" added.")
}

// endpointRename gives one of several webhooks another name.
func (a *app) endpointRename(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	name, problem := store.CheckName("endpoint", c.FormValue("name"))
	if problem != "" {
		return a.renderOwn(c, bot, func(own *views.OwnEndpoint) { own.Name, own.NameError = c.FormValue("name"), problem })
	}
	if err := a.Store.RenameWebhook(c.Request().Context(), webhookOf(c, bot.ID), name, actorOf(c)); err != nil {
		return fmt.Errorf("rename webhook: %w", err)
	}
	return a.sayAt(c, webhookURL(c, bot.ID, "settings/marketing"), ui.OK, "Renamed to "+name+".")
}

// endpointDelete requires the typed name, because what waits is not sent.
func (a *app) endpointDelete(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	err = a.Store.DeleteWebhookCalled(c.Request().Context(), w.WebhookID, c.FormValue("confirm"), actorOf(c))
	if errors.Is(err, store.ErrOtherName) {
		return a.renderOwn(c, bot, func(own *views.OwnEndpoint) { own.DeleteError = "This is not the endpoint's name. Type: " + own.Label })
	}
	if err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return a.sayAt(c, views.BotURL(bot.ID.String(), "settings/marketing"), ui.OK, store.WebhookLabel(w.N, w.Name)+" deleted. Its log stays.")
}

// renderOwn shows the settings again with what is wrong with a name.
func (a *app) renderOwn(c echo.Context, bot store.Bot, tell func(*views.OwnEndpoint)) error {
	return a.renderMarketing(c, http.StatusUnprocessableEntity, bot, func(m *views.Marketing) {
		if m.Own == nil { // the others were deleted meanwhile
			m.Own = &views.OwnEndpoint{WebhookRef: m.WebhookRef}
		}
		m.Own.Open = true
		tell(m.Own)
	})
}

// ownEndpoint is what belongs to one of several webhooks alone; nil for the only one.
func ownEndpoint(list views.Endpoints, w store.Webhook) *views.OwnEndpoint {
	if len(list.Rows) == 0 {
		return nil
	}
	return &views.OwnEndpoint{WebhookRef: refOf(w.WebhookID), Label: store.WebhookLabel(w.N, w.Name), Name: w.Name}
}

// endpointOptions are the endpoints to choose from in a filter, and the chosen one; none where there is only one.
func endpointOptions(names []store.WebhookName, chosen string) []ui.Option {
	if len(names) < 2 {
		return nil
	}
	options := []ui.Option{{Value: "", Text: "Any"}}
	for _, name := range names {
		text := name.Label()
		if name.Deleted {
			text += " (deleted)"
		}
		options = append(options, ui.Option{Value: strconv.Itoa(name.N), Text: text})
	}
	return withChosen(options, nil, chosen)
}

// otherEndpoints says how many endpoints there are beside the one that is named: " +2".
func otherEndpoints(n int) string {
	if n == 0 {
		return ""
	}
	return " +" + strconv.Itoa(n)
}
