package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
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
	return a.renderSetup(c, http.StatusOK, key.Secret, "")
}

// renderSetup is the account page with the secret on it.
func (a *app) renderSetup(c echo.Context, status int, secret, wrong string) error {
	key, err := auth.NewAuthenticator(accountOf(c).Email, secret)
	if err != nil {
		return err
	}
	path, size, err := qrPath(key.URL)
	if err != nil {
		return err
	}
	setup := &views.AuthenticatorSetup{Secret: key.Secret, URL: key.URL, Path: path, Size: size, Error: wrong}
	return a.renderAccount(c, status, views.AccountPage{Factor: views.FactorCard{Setup: setup}})
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
		return a.renderSetup(c, http.StatusUnprocessableEntity, factor.Secret, "This code is not right. Type the one that the app shows now.")
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
	return a.renderAccount(c, http.StatusOK, views.AccountPage{
		Said: "Second factor is on. You are signed out everywhere else.", Factor: views.FactorCard{Codes: codes},
	})
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
	return a.renderAccount(c, http.StatusOK, views.AccountPage{Factor: views.FactorCard{Codes: codes}})
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
	return seeOther(c, "/account?said=factor")
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
	return seeOther(c, "/accounts")
}
