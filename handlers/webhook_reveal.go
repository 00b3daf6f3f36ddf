package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender"
	"iozen/store"
	"iozen/views"
)

// webhookReveal shows the saved header values or the signing secret. It is in the audit log before anyone sees them.
func (a *app) webhookReveal(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	what := form.Get("what")
	if what != "headers" && what != "secret" {
		return badForm("There is nothing of this name to reveal.")
	}
	w, err := a.webhook(c, bot)
	if err != nil {
		return err
	}
	if err := a.auditReveal(c, bot, what); err != nil {
		return err
	}
	if c.Request().Header.Get("HX-Request") == "true" {
		if what == "secret" {
			return a.render(c, http.StatusOK, views.RevealedSecret(w.Secret))
		}
		return a.render(c, http.StatusOK, views.RevealedHeaders(sender.FormatHeaders(w.Headers)))
	}
	return a.revealPage(c, bot, w, what)
}

func (a *app) auditReveal(c echo.Context, bot store.Bot, what string) error {
	if what == "secret" {
		return a.audit(c, "webhook.reveal_secret", bot.ID, "", "")
	}
	return a.audit(c, "webhook.reveal_headers", bot.ID, "", "")
}

// revealPage is the answer without JavaScript: the page again, with what was typed meanwhile.
func (a *app) revealPage(c echo.Context, bot store.Bot, w store.Webhook, what string) error {
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	if form := c.Request().PostForm; form.Has("version") {
		m.Form = typedForm(form, m.Form)
	}
	if what == "secret" {
		m.Revealed.Secret = w.Secret
	} else {
		m.Revealed = views.Revealed{Shown: true, Headers: sender.FormatHeaders(w.Headers)}
	}
	return a.render(c, http.StatusOK, views.MarketingPage(m))
}
