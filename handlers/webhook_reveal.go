package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// webhookReveal shows the saved header values. The audit entry is written before anyone sees them.
func (a *app) webhookReveal(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	if err := a.audit(c, "webhook.reveal_headers", bot.ID, "", ""); err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.RevealedHeaders(event.FormatHeaders(w.Headers)))
	}
	return a.revealPage(c, bot, w, form)
}

// revealPage is the answer without JavaScript: the page again, with what has been typed.
func (a *app) revealPage(c echo.Context, bot store.Bot, w store.Webhook, form url.Values) error {
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	m.Form = typedForm(form, m.Form)
	m.Revealed = views.Revealed{Shown: true, Headers: event.FormatHeaders(w.Headers)}
	return a.render(c, http.StatusOK, views.MarketingPage(m))
}
