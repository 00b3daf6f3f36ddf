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

// secretReveal shows the signing secrets. The audit entry is written before anyone sees them.
func (a *app) secretReveal(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	if err := a.audit(c, "webhook.reveal_secret", bot.ID, "", ""); err != nil {
		return err
	}
	secret := a.secret(c, w)
	secret.Current = w.Secret
	if secret.Overlap {
		secret.Old = w.PreviousSecret
	}
	return a.answerSecret(c, bot, secret)
}

// secretRotate makes a new signing secret; the old one signs too for a day.
func (a *app) secretRotate(c echo.Context) error {
	return a.changeSecret(c, func(botID uuid.UUID, by store.Actor) (store.Webhook, error) {
		return a.Store.RotateSecret(c.Request().Context(), botID, by)
	})
}

// secretEnd stops the old secret from signing before its day is over.
func (a *app) secretEnd(c echo.Context) error {
	return a.changeSecret(c, func(botID uuid.UUID, by store.Actor) (store.Webhook, error) {
		return a.Store.EndSecretOverlap(c.Request().Context(), botID, by)
	})
}

// changeSecret shows what the secrets are after a change; both are masked again.
func (a *app) changeSecret(c echo.Context, change func(uuid.UUID, store.Actor) (store.Webhook, error)) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	w, err := change(bot.ID, actorOf(c))
	if err != nil {
		return fmt.Errorf("change signing secret: %w", err)
	}
	secret := a.secret(c, w)
	secret.Changed = true
	return a.answerSecret(c, bot, secret)
}

// secret is the state of a webhook's signing secrets, masked.
func (a *app) secret(c echo.Context, w store.Webhook) views.Secret {
	return views.Secret{
		BotID: w.BotID.String(), Editable: includes(accountOf(c).Role, store.RoleEditor),
		Damaged: w.Damaged.Secret, Overlap: w.TwoSign(a.Now()), OldUntil: w.PreviousUntil, NextUntil: a.Now().Add(db.SecretOverlap),
	}
}

// answerSecret answers with the secrets' part of the page, or with the whole page.
func (a *app) answerSecret(c echo.Context, bot store.Bot, secret views.Secret) error {
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.SecretPlace(secret))
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	m.Secret = secret
	return a.render(c, http.StatusOK, views.MarketingPage(m))
}
