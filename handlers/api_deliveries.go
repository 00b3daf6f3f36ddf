package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender/outcome"
	"iozen/store"
)

type deliveriesAnswer struct {
	Deliveries []deliveryAnswer `json:"deliveries"`
	Next       *string          `json:"next"`
}

// deliveryAnswer is one delivery as lists have it.
type deliveryAnswer struct {
	ID            string             `json:"id"`
	BotID         string             `json:"bot_id"`
	Webhook       int                `json:"webhook"` // its number
	EventID       string             `json:"event_id"`
	EventName     string             `json:"event_name"`
	Test          bool               `json:"test"`
	Status        store.Status       `json:"status"`
	Attempts      int                `json:"attempts"`
	NextAttemptAt instant            `json:"next_attempt_at"` // null unless queued or retrying
	CreatedAt     instant            `json:"created_at"`
	UpdatedAt     instant            `json:"updated_at"`
	Warnings      []store.Warning    `json:"warnings"`
	Last          *lastAttemptAnswer `json:"last"` // null before the first attempt
}

type lastAttemptAnswer struct {
	StatusCode *int  `json:"status_code"` // null without an answer
	DurationMS int64 `json:"duration_ms"`
	diagnosisAnswer
}

// diagnosisAnswer is what was wrong, in the words of the page; every field is null when nothing was.
type diagnosisAnswer struct {
	Error *string `json:"error"`
	Cause *string `json:"cause"`
	Fix   *string `json:"fix"`
}

func answerOfDiagnosis(d outcome.Diagnosis) diagnosisAnswer {
	return diagnosisAnswer{orNull(d.Error), orNull(d.Cause), orNull(d.Fix)}
}

func answerOfDelivery(d store.Delivery) deliveryAnswer {
	answer := deliveryAnswer{
		ID: d.ID.String(), BotID: d.BotID.String(), Webhook: d.Webhook, EventID: d.EventID, EventName: d.EventName, Test: d.Test,
		Status: d.Status, Attempts: d.Attempts, CreatedAt: instant(d.CreatedAt), UpdatedAt: instant(d.UpdatedAt),
		Warnings: orEmpty(d.Warnings),
	}
	if d.Status == store.Queued || d.Status == store.Retrying {
		answer.NextAttemptAt = instant(d.DueAt)
	}
	if d.Attempts > 0 {
		answer.Last = &lastAttemptAnswer{
			orNull(d.LastCode), d.LastDuration.Milliseconds(),
			answerOfDiagnosis(outcome.Diagnose(d.LastOutcome, d.LastCode, d.LastDetail)),
		}
	}
	return answer
}

// apiDeliveries is a bot's log, newest first, with the filters of the page.
func (a *app) apiDeliveries(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	r, err := readQuery(c, "status", "event_name", "test", "code", "from", "to", "q", "webhook", "cursor", "limit")
	if err != nil {
		return err
	}
	filter, refused := deliveryFilter(r.values, bot.ID)
	if len(refused) > 0 {
		return invalid(refused)
	}
	page, err := a.Store.Deliveries(c.Request().Context(), filter)
	if err != nil {
		return fmt.Errorf("list deliveries: %w", err)
	}
	answer := deliveriesAnswer{Deliveries: make([]deliveryAnswer, len(page.Deliveries)), Next: orNull(page.Next)}
	for i, d := range page.Deliveries {
		answer.Deliveries[i] = answerOfDelivery(d)
	}
	return answerJSON(c, http.StatusOK, answer)
}
