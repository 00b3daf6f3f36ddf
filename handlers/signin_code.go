package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
)

// askForCode begins a session that opens only the page that asks for the second factor.
func (a *app) askForCode(c echo.Context, account store.Account, next string) error {
	if err := a.sessions.BeginHalfway(c.Request().Context(), account, clientOf(c)); err != nil {
		return err
	}
	return seeOther(c, "/signin/code?next="+url.QueryEscape(next))
}

// signInCodePage asks for the second factor.
func (a *app) signInCodePage(c echo.Context) error {
	_, ok, err := a.sessions.Halfway(c.Request().Context())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(c, "/signin")
	}
	return a.render(c, http.StatusOK, views.SignInCode(views.SignInCodeForm{Page: signInFrame, Next: localPath(c.QueryParam("next"))}))
}

// signInCode takes a code and signs in.
func (a *app) signInCode(c echo.Context) error {
	account, ok, err := a.sessions.Halfway(c.Request().Context())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(c, "/signin")
	}
	form := views.SignInCodeForm{Page: signInFrame, Next: localPath(c.FormValue("next"))}
	who := a.visitor(c, account.Email)
	if wait := a.codes.Enter(who); wait > 0 {
		c.Response().Header().Set("Retry-After", seconds(wait))
		form.Error = "Too many wrong codes. Try again in " + seconds(wait) + " s."
		return a.render(c, http.StatusTooManyRequests, views.SignInCode(form))
	}
	if form.Error, err = a.useCode(c, account, auth.PlainCode(c.FormValue("code"))); err != nil {
		giveBackUnseen(a.codes, who, err)
		return err
	}
	if form.Error != "" {
		return a.render(c, http.StatusUnprocessableEntity, views.SignInCode(form))
	}
	a.codes.Passed(who)
	if err := a.welcome(c, account); err != nil {
		return err
	}
	return seeOther(c, form.Next)
}

// useCode accepts a code of either kind, once, or says what is wrong with it.
func (a *app) useCode(c echo.Context, account store.Account, code string) (wrong string, err error) {
	ctx := c.Request().Context()
	if auth.IsRecoveryCode(code) {
		err = a.Store.UseRecoveryCode(ctx, account.ID, auth.RecoveryHash(code), actor(c, account))
	} else {
		err = a.useStep(c, account, code)
	}
	switch {
	case errors.Is(err, store.ErrCodeUsed):
		return "This code was already used. Wait for the next one.", nil
	case errors.Is(err, store.ErrNotFound):
		return "Wrong code.", a.auditBy(c, store.Actor{IP: c.RealIP()}, store.AuditEntry{Action: "signin.code_failed", Target: account.Email})
	case err != nil:
		return "", fmt.Errorf("use code: %w", err)
	}
	return "", nil
}

// useStep accepts a code of the authenticator app; store.ErrNotFound for a wrong one.
func (a *app) useStep(c echo.Context, account store.Account, code string) error {
	ctx := c.Request().Context()
	factor, err := a.Store.SecondFactor(ctx, account.ID)
	if err != nil {
		return err
	}
	step, ok := auth.StepOf(factor.Secret, code, a.Now())
	if !ok {
		return store.ErrNotFound
	}
	return a.Store.UseCode(ctx, account.ID, factor.Secret, step)
}
