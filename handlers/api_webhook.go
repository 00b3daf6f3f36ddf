package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/option"
)

// webhookAnswer is the settings as they are read. What is sent (api_webhook_body.go) has the same keys, so that the answer
// can be sent back. Header values are never included.
type webhookAnswer struct {
	N           int                `json:"n"`
	Name        *string            `json:"name"`
	Enabled     bool               `json:"enabled"`
	URL         *string            `json:"url"`
	Headers     []headerName       `json:"headers"`
	EventNames  []string           `json:"event_names"`
	RateLimit   *float64           `json:"rate_limit"`
	Filter      option.Filter      `json:"filter"`
	Format      option.Format      `json:"format"`
	LeaveOut    []string           `json:"leave_out"`
	Consent     option.Consent     `json:"consent"`
	Success     *option.Success    `json:"success"`
	Version     int64              `json:"version"`
	SettlesAt   instant            `json:"settles_at"` // quiet until then, after an edit on the page; else null
	SwitchedOff *switchedOffAnswer `json:"switched_off"`
}

type headerName struct {
	Name string `json:"name"`
}

type switchedOffAnswer struct {
	Reason string  `json:"reason"`
	At     instant `json:"at"`
}

func answerOfWebhook(w store.Webhook, now time.Time) *webhookAnswer {
	answer := &webhookAnswer{
		N: w.N, Name: orNull(w.Name), Enabled: w.Enabled, URL: orNull(w.URL), Headers: make([]headerName, len(w.Headers)),
		EventNames: orEmpty(w.EventNames), RateLimit: w.RateLimit, Version: w.Version,
		Filter: w.Filter, Format: w.Format, LeaveOut: orEmpty(w.LeaveOut), Consent: w.Consent,
	}
	if !w.Success.IsZero() {
		answer.Success = &w.Success
	}
	for i, h := range w.Headers {
		answer.Headers[i] = headerName{h.Name}
	}
	if w.QuietUntil.After(now) {
		answer.SettlesAt = instant(w.QuietUntil)
	}
	if w.SwitchedOff != nil {
		answer.SwitchedOff = &switchedOffAnswer{w.SwitchedOff.Reason, instant(w.SwitchedOff.At)}
	}
	return answer
}

func (a *app) apiWebhook(c echo.Context) error {
	_, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	return a.answerWebhook(c, w)
}

func (a *app) answerWebhook(c echo.Context, w store.Webhook) error {
	c.Response().Header().Set("ETag", etag(w.Version))
	return answerJSON(c, http.StatusOK, answerOfWebhook(w, a.Now()))
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// apiWebhookPut replaces the settings, without a quiet time: what a program sends is not half-typed.
func (a *app) apiWebhookPut(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	change, err := a.webhookBody(c)
	if err != nil {
		return err
	}
	if change.IfVersion, err = a.ifMatch(c, bot); err != nil {
		return err
	}
	w, err := a.saveWebhook(c, bot.ID, change)
	if err != nil {
		return a.refusedWebhook(c, err)
	}
	return a.answerWebhook(c, w.Webhook)
}

// refusedWebhook words what only the store can see: settings that are newer than those the caller read, and a header
// that should keep a value but has none stored.
func (a *app) refusedWebhook(c echo.Context, err error) error {
	var stale *store.StaleError
	var keep *store.KeepError
	switch {
	case errors.As(err, &stale):
		c.Response().Header().Set("ETag", etag(stale.Current.Version))
		p := problemOf(err)
		p.Current = answerOfWebhook(stale.Current, a.Now())
		return p
	case errors.As(err, &keep):
		why := "no value is stored for " + keep.Name
		if keep.Moved {
			why = "the stored value of " + keep.Name + " stays with the origin that it was stored for"
		}
		return invalid([]FieldError{{fmt.Sprintf("/headers/%d/value", keep.Index), "is required: " + why}})
	}
	return err
}
