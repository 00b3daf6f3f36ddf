package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender/receivers"
	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// developerPage is Bot → Settings → Developer.
func (a *app) developerPage(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	page, err := a.developer(c, bot, w)
	if err != nil {
		return err
	}
	if act := ""; page.Editable && kept(c, page.Shown(views.ShownSecret), &act) {
		page.Secret = a.secretAfter(c, w, act)
	}
	return a.render(c, http.StatusOK, views.Developer(page))
}

func (a *app) developer(c echo.Context, bot store.Bot, w store.Webhook) (views.DeveloperPage, error) {
	list, err := a.endpoints(c, w.WebhookID)
	if err != nil {
		return views.DeveloperPage{}, err
	}
	page := views.DeveloperPage{
		Page: a.settingsPage(c, bot, list), WebhookRef: refOf(w.WebhookID), BotName: bot.Name, Endpoints: list,
		Editable: mayEdit(c), URL: w.URL, Secret: a.secret(c, w),
	}
	page.Scripts = []string{"js/developer.js"}
	for _, shown := range []event.Event{event.WithAttribution(event.ExampleEvent()), event.ExampleFieldConversion()} {
		example, err := a.example(w, shown)
		if err != nil {
			return page, err
		}
		page.Examples = append(page.Examples, example)
	}
	for _, r := range receivers.Receivers() {
		page.Receivers = append(page.Receivers, views.Receiver(r))
	}
	page.Guide = a.webhookGuide(c, w)
	page.Sample, err = a.sampleLead(c.Request().Context(), w, page.Editable)
	return page, err
}
