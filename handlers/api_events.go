package handlers

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
)

// eventsAnswer is what became of posted events, in the order given.
type eventsAnswer struct {
	Accepted int             `json:"accepted"` // duplicates included: each of them is in the log
	Events   []acceptedEvent `json:"events"`
	Warnings []store.Warning `json:"warnings"`
}

type acceptedEvent struct {
	EventID    string       `json:"event_id"`
	Status     store.Status `json:"status"`
	DeliveryID string       `json:"delivery_id"`

	Deliveries []acceptedDelivery `json:"deliveries,omitempty"` // one for each webhook, if the bot has several
}

type acceptedDelivery struct {
	Webhook    int          `json:"webhook"` // its number
	Status     store.Status `json:"status"`
	DeliveryID string       `json:"delivery_id"`
}

func answerOfAccepted(e store.Accepted) acceptedEvent {
	answer := acceptedEvent{EventID: e.EventID, Status: e.Status, DeliveryID: e.DeliveryID.String()}
	for _, d := range e.Deliveries {
		answer.Deliveries = append(answer.Deliveries, acceptedDelivery{d.Webhook, d.Status, d.DeliveryID.String()})
	}
	return answer
}

// apiEvents takes one event or an array of them, all or none. The 202 leaves once they are on disk.
func (a *app) apiEvents(c echo.Context) error {
	botID, err := idParam(c, "bot")
	if err != nil {
		return err
	}
	body, err := jsonBody(c)
	if err != nil {
		return err
	}
	if err := a.Store.Backlog(botID, event.CountEvents(body)); err != nil {
		return err
	}
	events, warnings, problems := event.DecodeEvents(body, a.Now(), a.Tester.NewID)
	if len(problems) > 0 {
		return refusedEvents(problems)
	}
	accepted, err := a.Store.Accept(c.Request().Context(), botID, events)
	if err != nil {
		return conflictAt(body, err)
	}
	answer := eventsAnswer{Accepted: len(accepted), Events: make([]acceptedEvent, len(accepted)), Warnings: orEmpty(warnings)}
	for i, e := range accepted {
		answer.Events[i] = answerOfAccepted(e)
		for _, w := range e.Warnings {
			answer.Warnings = append(answer.Warnings, store.Warning{Pointer: eventPointer(body, i) + w.Pointer, Message: w.Message})
		}
	}
	return answerJSON(c, http.StatusAccepted, answer)
}

// refusedEvents distinguishes a body that is not JSON from one that holds no events.
func refusedEvents(problems []event.Problem) *Problem {
	if problems[0].Syntax {
		return notJSON(sentence(problems[0].Message))
	}
	refused := make([]FieldError, len(problems))
	for i, p := range problems {
		refused[i] = FieldError{p.Pointer, p.Message}
	}
	p := invalid(refused)
	p.Detail = "No event was taken; errors names what to fix."
	return p
}

// eventPointer points at the event with that index: the body is a list of events, or a single event.
func eventPointer(body []byte, index int) string {
	if bytes.TrimLeft(body, " \t\r\n")[0] == '[' {
		return "/" + strconv.Itoa(index)
	}
	return ""
}

// conflictAt points at the event whose id was used for other content; other errors are passed on.
func conflictAt(body []byte, err error) error {
	var conflict *store.EventConflictError
	if !errors.As(err, &conflict) {
		return err
	}
	pointer := eventPointer(body, conflict.Index) + "/event_id"
	return &Problem{
		Status: http.StatusConflict, Title: "Conflict", Detail: "No event was taken: an event_id names one event for as long as the log keeps it.",
		Errors: []FieldError{{pointer, "was used before for an event of other content"}},
	}
}
