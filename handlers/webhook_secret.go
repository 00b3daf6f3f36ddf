package handlers

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/db"
	"iozen/views"
)

// What a person may see of the signing secrets, and for how long the page shows it, depends on the act.
const (
	secretRevealed = "revealed" // all that sign
	secretRotated  = "rotated"  // the new one, which one rotates for
	secretEnded    = "ended"    // none
)

// secretReveal shows the signing secrets. It is in the audit log before anyone sees them.
func (a *app) secretReveal(c echo.Context) error {
	_, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	if err := a.audit(c, store.AuditEntry{Action: "webhook.reveal_secret", BotID: w.BotID, N: w.N}); err != nil {
		return err
	}
	return a.answerSecret(c, w, secretRevealed)
}

// secretRotate makes another signing secret, and shows it; the one of before signs too for a day.
func (a *app) secretRotate(c echo.Context) error {
	return a.changeSecret(c, secretRotated, func(botID uuid.UUID, by store.Actor) (store.Webhook, error) {
		return a.Store.RotateSecret(c.Request().Context(), webhookOf(c, botID), by)
	})
}

// secretEnd stops the old secret from signing before its day is over.
func (a *app) secretEnd(c echo.Context) error {
	return a.changeSecret(c, secretEnded, func(botID uuid.UUID, by store.Actor) (store.Webhook, error) {
		return a.Store.EndSecretOverlap(c.Request().Context(), webhookOf(c, botID), by)
	})
}

func (a *app) changeSecret(c echo.Context, act string, change func(uuid.UUID, store.Actor) (store.Webhook, error)) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	w, err := change(bot.ID, actorOf(c))
	if err != nil {
		return fmt.Errorf("change signing secret: %w", err)
	}
	return a.answerSecret(c, w, act)
}

// secret is the state of a webhook's signing secrets, masked.
func (a *app) secret(c echo.Context, w store.Webhook) views.Secret {
	return views.Secret{
		WebhookRef: refOf(w.WebhookID), Editable: mayEdit(c),
		Damaged: w.Damaged.Secret, Overlap: w.TwoSign(a.Now()), OldUntil: w.PreviousUntil, NextUntil: a.Now().Add(db.SecretOverlap),
	}
}

// secretAfter is secret with what an act shows.
func (a *app) secretAfter(c echo.Context, w store.Webhook, act string) views.Secret {
	secret := a.secret(c, w)
	secret.Changed = act != secretRevealed
	if act != secretEnded {
		secret.Current = w.Secret
	}
	if act == secretRevealed && secret.Overlap {
		secret.Old = w.PreviousSecret
	}
	return secret
}

// answerSecret answers a script with the secrets' place on the page, and leads a form's sender to the page.
func (a *app) answerSecret(c echo.Context, w store.Webhook, act string) error {
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.SecretPlace(a.secretAfter(c, w, act)))
	}
	if err := a.keep(c, refOf(w.WebhookID).Shown(views.ShownSecret), act); err != nil {
		return err
	}
	return seeOther(c, refOf(w.WebhookID).At("settings/developer#secret"))
}
