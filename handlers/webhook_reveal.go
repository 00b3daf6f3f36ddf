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
	if err := a.audit(c, store.AuditEntry{Action: "webhook.reveal_headers", BotID: w.BotID, N: w.N}); err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.RevealedHeaders(event.FormatHeaders(w.Headers)))
	}
	typed := typedMeanwhile{Version: w.Version, Form: form}
	if err := a.keep(c, refOf(w.WebhookID).Shown(noteHeaders), typed); err != nil {
		return err
	}
	return seeOther(c, webhookURL(c, bot.ID, "settings/marketing#custom-headers"))
}

// typedMeanwhile is what stood in the form of a browser without JavaScript when it asked to see something: it is put back, as
// long as nothing newer was saved.
type typedMeanwhile struct {
	Version int64
	Form    url.Values
}

// reveal adds to the settings what the caller has asked to see a while ago.
func (a *app) reveal(c echo.Context, m *views.Marketing, w store.Webhook) {
	if !m.Editable {
		return
	}
	var typed typedMeanwhile
	if kept(c, m.Shown(noteHeaders), &typed) {
		m.Revealed = views.Revealed{Shown: true, Headers: event.FormatHeaders(w.Headers)}
		if typed.Version == w.Version && len(typed.Form) > 0 {
			m.Form = typedForm(typed.Form, m.Form)
		}
	}
}
