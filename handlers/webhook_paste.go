package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender/target"
	"iozen/views"
)

// pastedAnswer says what js/urlpaste.js does with a pasted text: it puts URL into the field, or leaves the field alone if URL
// is empty, and shows the note.
type pastedAnswer struct {
	URL  string `json:"url"`
	Note string `json:"note"` // HTML; "" when the text holds no URL, and stays in the field unchanged
}

// webhookPaste reads a text that was pasted as a whole Webhook URL. Nothing is saved.
func (a *app) webhookPaste(c echo.Context) error {
	if _, err := a.bot(c); err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	read := target.ReadPastedURL(form.Get("text"))
	answer := pastedAnswer{URL: read.URL}
	if read.Done != "" || len(read.Choices) > 0 {
		html, err := places{"url-pasted": views.PastedWords(read.Done, read.Choices)}.render(c)
		if err != nil {
			return err
		}
		answer.Note = html["url-pasted"]
	}
	return c.JSON(http.StatusOK, answer)
}
