package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

type jobAnswer struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	BotID     *string `json:"bot_id"`
	Webhook   *int    `json:"webhook"` // its number
	State     string  `json:"state"`
	Reason    *string `json:"reason"`
	Total     *int    `json:"total"`
	Done      int     `json:"done"`
	StartedAt instant `json:"started_at"`
	EndedAt   instant `json:"ended_at"`
}

func answerOfJob(j store.Job) jobAnswer {
	answer := jobAnswer{
		ID: j.ID.String(), Kind: string(j.Kind), BotID: orNull(idOrNone(j.BotID)), Webhook: orNull(j.Webhook), State: string(j.State), Reason: orNull(j.Reason),
		Done: j.Done, StartedAt: instant(j.StartedAt), EndedAt: instant(j.EndedAt),
	}
	if j.Total >= 0 {
		total := max(j.Total, j.Done)
		answer.Total = &total
	}
	return answer
}

// answerBegun answers a call that started a job: 200 with the outcome if the job ends soon, otherwise 202 and where to ask.
func (a *app) answerBegun(c echo.Context, j store.Job) error {
	j, err := a.begun(c, j)
	if err != nil {
		return err
	}
	if j.State != store.JobRunning {
		return answerJSON(c, http.StatusOK, answerOfJob(j))
	}
	c.Response().Header().Set("Location", "/v1/jobs/"+j.ID.String())
	return answerJSON(c, http.StatusAccepted, answerOfJob(j))
}

func (a *app) apiHeldSend(c echo.Context) error {
	_, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	j, err := a.Store.StartRelease(c.Request().Context(), w.WebhookID, actorOf(c))
	if err != nil {
		return fmt.Errorf("release held events: %w", err)
	}
	return a.answerBegun(c, j)
}

func (a *app) apiPersonErase(c echo.Context) error {
	p, err := personBody(c)
	if err != nil {
		return err
	}
	j, err := a.Store.StartErase(c.Request().Context(), p, actorOf(c))
	if err != nil {
		return fmt.Errorf("erase person: %w", err)
	}
	return a.answerBegun(c, j)
}

func (a *app) apiJob(c echo.Context) error {
	return answerJSON(c, http.StatusOK, answerOfJob(jobOf(c)))
}

func (a *app) apiJobStop(c echo.Context) error {
	j, err := a.Store.StopJob(c.Request().Context(), jobOf(c).ID, actorOf(c))
	if err != nil {
		return fmt.Errorf("stop job: %w", err)
	}
	return answerJSON(c, http.StatusOK, answerOfJob(j))
}

// personBody reads {"kind":"email","value":"…"}.
func personBody(c echo.Context) (p store.Person, err error) {
	text := func(take func(string)) takeField {
		return func(d *document, pointer string, value json.RawMessage) {
			if text, ok := d.text(pointer, value); ok {
				take(text)
			}
		}
	}
	err = bodyFields(c, map[string]takeField{
		"kind":  text(func(kind string) { p.Kind = store.PersonKind(kind) }),
		"value": text(func(value string) { p.Value = strings.TrimSpace(value) }),
	})
	if err != nil {
		return p, err
	}
	if pointer, wrong := checkPerson(p); wrong != "" {
		return p, invalid([]FieldError{{pointer, wrong}})
	}
	return p, nil
}
