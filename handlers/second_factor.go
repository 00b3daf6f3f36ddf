package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// passwordAsked guards acts for which an open browser is not enough: the form contains the password.
func (a *app) passwordAsked(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		wrong, err := a.wrongPassword(c, c.FormValue("password"))
		if err != nil {
			return err
		}
		if wrong != "" {
			return a.renderAccount(c, http.StatusUnprocessableEntity, views.AccountPage{Factor: views.FactorCard{Error: wrong}})
		}
		return next(c)
	}
}

// secondFactorBegin makes a secret and shows it, to be confirmed with a code.
func (a *app) secondFactorBegin(c echo.Context) error {
	me := accountOf(c)
	key, err := auth.NewAuthenticator(me.Email, "")
	if err != nil {
		return err
	}
	if err := a.Store.BeginSecondFactor(c.Request().Context(), me.ID, key.Secret); err != nil {
		return fmt.Errorf("begin second factor: %w", err)
	}
	if err := a.keep(c, noteSetup, true); err != nil {
		return err
	}
	return seeOther(c, "/account#second-factor")
}

// authenticatorSetup is what the page shows of a secret that is not in force yet.
func (a *app) authenticatorSetup(c echo.Context, secret string) (*views.AuthenticatorSetup, error) {
	key, err := auth.NewAuthenticator(accountOf(c).Email, secret)
	if err != nil {
		return nil, err
	}
	path, size, err := qrPath(key.URL)
	if err != nil {
		return nil, err
	}
	return &views.AuthenticatorSetup{Secret: key.Secret, URL: key.URL, Path: path, Size: size}, nil
}

// secondFactorConfirm activates the secret once the app shows the right code, and shows the recovery codes.
func (a *app) secondFactorConfirm(c echo.Context) error {
	ctx, me := c.Request().Context(), accountOf(c)
	factor, err := a.Store.SecondFactor(ctx, me.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && factor.Confirmed {
		return seeOther(c, "/account")
	}
	if err != nil {
		return fmt.Errorf("load second factor: %w", err)
	}
	step, ok := auth.StepOf(factor.Secret, auth.PlainCode(c.FormValue("code")), a.Now())
	if !ok {
		setup, err := a.authenticatorSetup(c, factor.Secret)
		if err != nil {
			return err
		}
		setup.Error = "Wrong code. Type the one that the app shows now."
		return a.renderAccount(c, http.StatusUnprocessableEntity, views.AccountPage{Factor: views.FactorCard{Setup: setup}})
	}
	codes, hashes := auth.NewRecoveryCodes()
	err = a.Store.ConfirmSecondFactor(ctx, me.ID, factor.Secret, step, hashes, actorOf(c))
	if errors.Is(err, store.ErrCodeUsed) || errors.Is(err, store.ErrNotFound) { // another page of theirs was first
		return seeOther(c, "/account")
	}
	if err != nil {
		return fmt.Errorf("confirm second factor: %w", err)
	}
	me.SecondFactor = true
	if err := a.beginSession(c, me); err != nil {
		return err
	}
	if err := a.keep(c, views.ShownCodes, codes); err != nil {
		return err
	}
	return a.sayAt(c, "/account", ui.OK, "Two-step verification is on. You are signed out everywhere else.")
}

// recoveryCodesRenew replaces the recovery codes.
func (a *app) recoveryCodesRenew(c echo.Context) error {
	codes, hashes := auth.NewRecoveryCodes()
	err := a.Store.SetRecoveryCodes(c.Request().Context(), accountOf(c).ID, hashes, actorOf(c))
	if errors.Is(err, store.ErrNotFound) {
		return seeOther(c, "/account")
	}
	if err != nil {
		return fmt.Errorf("set recovery codes: %w", err)
	}
	if err := a.keep(c, views.ShownCodes, codes); err != nil {
		return err
	}
	return seeOther(c, "/account#second-factor")
}

// secondFactorRemove turns one's own second factor off.
func (a *app) secondFactorRemove(c echo.Context) error {
	me := accountOf(c)
	if err := a.Store.RemoveSecondFactor(c.Request().Context(), me.ID, actorOf(c)); err != nil {
		return fmt.Errorf("remove second factor: %w", err)
	}
	me.SecondFactor = false
	if err := a.beginSession(c, me); err != nil {
		return err
	}
	return a.sayAt(c, "/account", ui.OK, "Two-step verification is off. You are signed out everywhere else.")
}

// accountFactorReset takes the second factor from somebody who has lost it.
func (a *app) accountFactorReset(c echo.Context) error {
	id, err := idParam(c, "account")
	if err != nil {
		return err
	}
	if err := a.Store.RemoveSecondFactor(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("reset second factor: %w", err)
	}
	return a.sayAt(c, "/accounts", ui.OK, "Two-step verification is off for them. They have to sign in again.")
}
