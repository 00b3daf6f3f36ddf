package handlers

import (
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// webhookPaths are where a webhook's pages are: the first one's below its bot, as if there were no other, and everyone's below its
// number.
var webhookPaths = []string{"/bots/:id", "/bots/:id/webhooks/:n"}

// webhookOf names the webhook of a bot that a call is about: the one that the address numbers, or the first where the address
// has no number. Anything else in its place names webhook 0, which no bot has.
func webhookOf(c echo.Context, botID uuid.UUID) store.WebhookID {
	for _, name := range c.ParamNames() {
		if name == "n" {
			return store.WebhookID{BotID: botID, N: webhookNumber(c.Param("n"))}
		}
	}
	return store.FirstWebhook(botID)
}

// webhookURL is the address of one of the pages of the webhook that a call is about.
func webhookURL(c echo.Context, botID uuid.UUID, page string) string {
	return refOf(webhookOf(c, botID)).At(page)
}

// refOf is a webhook as views know it.
func refOf(id store.WebhookID) views.WebhookRef {
	return views.WebhookRef{BotID: id.BotID.String(), N: id.N}
}

// webhookNumber reads a number as it is written in an address: 0 for anything that is not one.
func webhookNumber(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0
	}
	return int(n)
}
