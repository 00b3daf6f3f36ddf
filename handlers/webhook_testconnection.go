package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/sender/engine"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// webhookTest is Test Connection. The page's script has saved before it asks, and gets the panel. Without JavaScript the whole
// form comes, is saved here first, and the answer is the whole page. A browser that goes away ends the request's context, and
// with it the attempt.
func (a *app) webhookTest(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		status, result, err := a.tryWebhook(c, bot, readTestAsked(form))
		if err != nil {
			return err
		}
		return a.render(c, status, views.TestPanel(result))
	}
	_, refused, err := a.saveWholeForm(c, bot, form)
	if err != nil {
		return err
	}
	if refused != nil {
		return a.renderRefused(c, bot, form, *refused)
	}
	return a.testPage(c, bot, readTestAsked(form))
}

func (a *app) testPage(c echo.Context, bot store.Bot, asked testAsked) error {
	status, result, err := a.tryWebhook(c, bot, asked)
	if err != nil {
		return err
	}
	if result.Sent {
		return seeOther(c, webhookURL(c, bot.ID, "settings/marketing?saved=1#test-panel")) // which shows the last test
	}
	return a.renderMarketing(c, status, bot, func(m *views.Marketing) {
		m.Test, m.State, m.StateKind = &result, "All changes saved", ui.OK
	})
}

// tryWebhook sends one test event and words what became of it. Whatever the endpoint did, the answer is 200: the
// test itself worked.
func (a *app) tryWebhook(c echo.Context, bot store.Bot, asked testAsked) (int, views.TestResult, error) {
	ctx, end, err := a.beginTest(c, testKey{webhookOf(c, bot.ID), accountOf(c).ID}, nil)
	if err != nil {
		return 0, views.TestResult{}, err
	}
	defer end()
	w, err := a.Store.Webhook(ctx, webhookOf(c, bot.ID))
	if err != nil {
		return 0, views.TestResult{}, fmt.Errorf("load webhook: %w", err)
	}
	asked.name = testEvent(w, asked.name)
	var model store.Delivery
	if w.URL != "" && (asked.like != "" || asked.sure != uuid.Nil) {
		switch model, err = a.model(ctx, w, asked); {
		case errors.Is(err, errNoRealEvent):
			status, said := noModel()
			return status, said, nil
		case errors.Is(err, errHeldBack):
			status, said := heldBack()
			return status, said, nil
		case err != nil:
			return 0, views.TestResult{}, err
		case asked.person && asked.sure == uuid.Nil:
			status, question := askAboutPerson(w, model)
			return status, question, nil
		}
	}
	result, err := a.sendTest(ctx, c, webhookOf(c, bot.ID), asked, model)
	if errors.Is(err, engine.ErrNoURL) {
		return http.StatusUnprocessableEntity, views.TestResult{
			Kind: ui.Warn, Headline: "Enter a Webhook URL first", Brief: "Enter a Webhook URL first",
			Action: views.TestAction{Label: "Enter URL", Target: "webhook-url"},
		}, nil
	}
	if err != nil {
		return 0, views.TestResult{}, fmt.Errorf("test webhook: %w", err)
	}
	view, err := a.testResult(result)
	if err != nil {
		return 0, views.TestResult{}, err
	}
	if view.Before, err = a.testBefore(c.Request().Context(), result.Delivery); err != nil {
		return 0, views.TestResult{}, err
	}
	if result.Attempt.Delivered() {
		if view.Failed, err = a.failedEvents(c.Request().Context(), result.Webhook); err != nil {
			return 0, views.TestResult{}, err
		}
	}
	return http.StatusOK, view, nil
}
