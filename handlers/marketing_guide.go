package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// keyPlace marks where the API key goes in the prepared command; js/leadkey.js puts a new key there.
const keyPlace = "YOUR-API-KEY"

// realLead is a small event to post: without an id and a time, so that it can be posted again and again.
const realLead = `{
  "event_name": "Lead",
  "user_data": {"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe"},
  "custom_data": {"value": 100, "currency": "USD"}
}`

// apiPath is where a program finds a webhook below its bot.
func apiPath(n int) string {
	if n == 1 {
		return "/webhook"
	}
	return "/webhooks/" + strconv.Itoa(n)
}

// webhookGuide is how a program sends an event of its own.
func (a *app) webhookGuide(c echo.Context, w store.Webhook) views.WebhookGuide {
	bot := a.baseURL(c) + "/v1/bots/" + w.BotID.String()
	return views.WebhookGuide{BotID: w.BotID.String(), LeadCurl: a.leadCurl(c, w.BotID), EventsURL: bot + "/events", WebhookURL: bot + apiPath(w.N)}
}

var exampleDelivery = uuid.MustParse("019cbde2-4c00-7000-8000-000000000000")

// example shows an event as it would go out. It is made by the code that makes real requests, so it cannot differ from them.
func (a *app) example(w store.Webhook, shown event.Event) (views.Example, error) {
	d := store.Delivery{ID: exampleDelivery, EventID: shown.ID, EventName: shown.Name, Payload: shown.Payload()}
	body := sentBody(w, d.Payload)
	headers, err := a.madeHeaders(w, d, body, shown.Time)
	if err != nil {
		return views.Example{}, fmt.Errorf("headers of the example: %w", err)
	}
	return views.Example{
		EventName: shown.Name, Headers: event.FormatHeaders(maskConfigured(headers, w)), Payload: indented(body.Bytes),
		Curl: exampleCurl(orExample(w.URL), d.ID.String(), body.Bytes, headers, w.Headers),
	}, nil
}

func (a *app) leadCurl(c echo.Context, botID uuid.UUID) string {
	return curl(a.baseURL(c)+"/v1/bots/"+botID.String()+"/events", []store.Header{
		{Name: "Authorization", Value: "Bearer " + keyPlace},
		{Name: "Content-Type", Value: "application/json"},
	}, realLead)
}

func orExample(url string) string {
	if url == "" {
		return "https://example.com/webhook"
	}
	return url
}

// maskConfigured hides the values of the bot's own headers.
func maskConfigured(headers []store.Header, w store.Webhook) []store.Header {
	masked := slices.Clone(headers)
	for i, h := range masked {
		if findHeader(w.Headers, h.Name) != nil {
			masked[i].Value = event.Mask
		}
	}
	return masked
}

// indented shows JSON for reading: the same keys, order and digits, with line breaks.
func indented(payload []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, payload, "", "  "); err != nil {
		return string(payload)
	}
	return out.String()
}
