package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

type copyAnswer struct {
	Preview  bool         `json:"preview"`
	Webhooks []copiedInto `json:"webhooks"`
}

// copiedInto is what became of one target, or would. The version is that of its settings now.
type copiedInto struct {
	BotID   string        `json:"bot_id"`
	N       int           `json:"n"`
	Changed []store.Field `json:"changed"`
	Version *int64        `json:"version"`
	Refused *refusedCopy  `json:"refused"`
}

// refusedCopy is why a target keeps its settings, as a problem of its own would tell it.
type refusedCopy struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// apiWebhookCopy gives other webhooks settings of this one. What keeps one of them from it stands in its place of the answer.
func (a *app) apiWebhookCopy(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	asked, preview, err := copyBody(c)
	if err != nil {
		return err
	}
	asked.From, asked.By, asked.StayWithOrigin = webhookOf(c, bot.ID), actorOf(c), true
	if asked.IfVersion, err = a.ifMatch(c, bot); err != nil {
		return err
	}
	outcomes, err := a.copyWhereAllowed(c, asked, preview)
	if err != nil {
		return a.refusedWebhook(c, err)
	}
	answer := copyAnswer{Preview: preview, Webhooks: make([]copiedInto, len(outcomes))}
	for i, o := range outcomes {
		answer.Webhooks[i] = answerOfCopy(o, preview)
	}
	return answerJSON(c, http.StatusOK, answer)
}

func answerOfCopy(o store.CopyOutcome, preview bool) copiedInto {
	answer := copiedInto{BotID: o.BotID.String(), N: o.N, Changed: orEmpty(o.Changed)}
	if o.Err == nil {
		if answer.Version = &o.After.Version; preview {
			answer.Version = &o.Before.Version
		}
		return answer
	}
	p := copyProblem(o.Err)
	answer.Refused = &refusedCopy{p.Status, p.Title, p.Detail}
	return answer
}

// copyProblem words why one target keeps its settings.
func copyProblem(err error) *Problem {
	if keep := (*store.KeepError)(nil); errors.As(err, &keep) {
		return &Problem{
			Status: http.StatusUnprocessableEntity, Title: "Another origin",
			Detail: "The stored value of " + keep.Name + " stays with the origin that it was stored for. Copy url and headers together.",
		}
	}
	return problemOf(err)
}

// copyWhereAllowed copies, or says what would change, in the targets that the caller's key opens; the others are refused.
func (a *app) copyWhereAllowed(c echo.Context, asked store.WebhookCopy, preview bool) ([]store.CopyOutcome, error) {
	outcomes := make([]store.CopyOutcome, len(asked.To))
	var open []int
	allowed := asked
	allowed.To = nil
	for i, to := range asked.To {
		if err := keyAllows(c, to.BotID); err != nil {
			outcomes[i] = store.CopyOutcome{WebhookID: to.WebhookID, Err: err}
			continue
		}
		open, allowed.To = append(open, i), append(allowed.To, to)
	}
	do := a.Store.CopyWebhook
	if preview {
		do = a.Store.PreviewCopy
	}
	done, err := do(c.Request().Context(), allowed)
	if err != nil {
		return nil, fmt.Errorf("copy settings: %w", err)
	}
	for i, o := range done {
		outcomes[open[i]] = o
	}
	return outcomes, nil
}

// copyBody reads {"to":[{"bot_id":"…","n":2,"version":7}],"settings":["url","headers"],"preview":true}.
func copyBody(c echo.Context) (asked store.WebhookCopy, preview bool, err error) {
	given := map[string]bool{}
	err = bodyFields(c, map[string]takeField{
		"to": func(d *document, pointer string, value json.RawMessage) {
			given["to"] = true
			d.list(pointer, value, func(d *document, pointer string, value json.RawMessage) {
				to := copyTarget(d, pointer, value)
				if slices.ContainsFunc(asked.To, func(t store.CopyTarget) bool { return t.WebhookID == to.WebhookID }) {
					d.refuse(pointer, "is given twice")
				}
				asked.To = append(asked.To, to)
			})
			if n := len(asked.To); n == 0 && value[0] == '[' || n > store.MaxCopyTargets {
				d.refuse(pointer, "must name 1 to "+strconv.Itoa(store.MaxCopyTargets)+" webhooks")
			}
		},
		"settings": func(d *document, pointer string, value json.RawMessage) {
			given["settings"] = true
			d.list(pointer, value, func(d *document, pointer string, value json.RawMessage) {
				name, ok := d.text(pointer, value)
				if group := store.CopyGroup(name); ok && slices.Contains(store.CopyGroups(), group) {
					asked.Groups = append(asked.Groups, group)
				} else if ok {
					d.refuse(pointer, "must be one of "+strings.Join(groupNames(store.CopyGroups()), ", "))
				}
			})
			if len(asked.Groups) == 0 && value[0] == '[' && !d.Refused(pointer+"/0") {
				d.refuse(pointer, "must name what is copied")
			}
		},
		"preview": func(d *document, pointer string, value json.RawMessage) { preview, _ = d.boolean(pointer, value) },
	})
	if err != nil {
		return asked, preview, err
	}
	var missing []FieldError
	for _, name := range []string{"to", "settings"} {
		if !given[name] {
			missing = append(missing, FieldError{"/" + name, "is required"})
		}
	}
	if len(missing) > 0 {
		return asked, preview, invalid(missing)
	}
	return asked, preview, nil
}

func copyTarget(d *document, pointer string, value json.RawMessage) (to store.CopyTarget) {
	to.WebhookID = webhookNamed(d, pointer, value, map[string]takeField{"version": func(d *document, pointer string, value json.RawMessage) {
		if isNull(value) {
			return
		}
		version, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			d.refuse(pointer, "must be the version of the settings, a whole number")
		}
		to.IfVersion = &version
	}})
	return to
}

// webhookNamed reads {"bot_id":"…","n":2}, with more fields; without n it is the bot's first.
func webhookNamed(d *document, pointer string, value json.RawMessage, more map[string]takeField) store.WebhookID {
	id := store.WebhookID{N: 1}
	fields := map[string]takeField{
		"bot_id": func(d *document, pointer string, value json.RawMessage) {
			text, ok := d.text(pointer, value)
			var err error
			if id.BotID, err = uuid.Parse(text); ok && (err != nil || len(text) != 36) {
				d.refuse(pointer, "must be the id of a bot")
			}
		},
		"n": func(d *document, pointer string, value json.RawMessage) {
			if id.N = webhookNumber(string(value)); id.N == 0 {
				d.refuse(pointer, "must be the number of a webhook")
			}
		},
	}
	maps.Copy(fields, more)
	if found := d.object(pointer, value, fields); value[0] == '{' && !found["bot_id"] {
		d.refuse(pointer+"/bot_id", "is required")
	}
	return id
}
