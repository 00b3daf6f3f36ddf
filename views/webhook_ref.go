package views

import "strconv"

// WebhookRef says which of a bot's webhooks a page is about.
type WebhookRef struct {
	BotID string
	N     int // its number; the first one's pages are the bot's own
}

// At is the address of one of its pages.
func (r WebhookRef) At(page string) string {
	if r.N > 1 {
		return r.Numbered(page)
	}
	return BotURL(r.BotID, page)
}

// Numbered is the address of what only one of several has.
func (r WebhookRef) Numbered(page string) string {
	return BotURL(r.BotID, "webhooks/"+strconv.Itoa(r.N)+"/"+page)
}

// Shown is the name of what is shown of it for a while only.
func (r WebhookRef) Shown(what string) string {
	if r.N > 1 {
		return ShownOf(what, r.BotID+"/"+strconv.Itoa(r.N))
	}
	return ShownOf(what, r.BotID)
}

// WebhookLogURL is the log of what went to a webhook: of the only one, the bot's.
func WebhookLogURL(r WebhookRef, several bool) string {
	if several {
		return BotURL(r.BotID, "deliveries?webhook="+strconv.Itoa(r.N))
	}
	return BotURL(r.BotID, "deliveries")
}
