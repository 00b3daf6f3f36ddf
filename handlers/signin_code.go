package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

const (
	// halfwayFor is how long the code may take after the right password.
	halfwayFor = 5 * time.Minute

	halfwayAccountKey  = "halfway"
	halfwayUntilKey    = "halfway until"
	halfwayPasswordKey = "halfway password"

	// What all strangers together who know the password may try of the codes of one account: 96 of a million a day.
	codeBurst = 10
	codeEvery = 15 * time.Minute
)

// askForCode begins a session that opens nothing but the page that asks for the second factor.
func (a *app) askForCode(c echo.Context, account store.Account, next string) error {
	if err := a.newSession(c, uuid.Nil); err != nil {
		return err
	}
	ctx := c.Request().Context()
	a.sessions.Put(ctx, halfwayAccountKey, account.ID.String())
	a.sessions.Put(ctx, halfwayUntilKey, a.Now().Add(halfwayFor).Unix())
	a.sessions.Put(ctx, halfwayPasswordKey, a.passwordMark(account))
	return seeOther(c, "/signin/code?next="+url.QueryEscape(next))
}

// passwordMark is the same as long as the password is.
func (a *app) passwordMark(account store.Account) string {
	return a.Store.KeyedHash("halfway", account.PasswordHash)
}

// halfway is who has shown the password and not yet the code; ok is false when nobody has, it took too long, or
// the password or the second factor has changed since.
func (a *app) halfway(c echo.Context) (account store.Account, ok bool, err error) {
	ctx := c.Request().Context()
	id, err := uuid.Parse(a.sessions.GetString(ctx, halfwayAccountKey))
	if err != nil || a.Now().Unix() >= a.sessions.GetInt64(ctx, halfwayUntilKey) {
		return account, false, nil
	}
	account, err = a.Store.Account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return account, false, nil
	}
	if err != nil {
		return account, false, fmt.Errorf("load account: %w", err)
	}
	same := a.sessions.GetString(ctx, halfwayPasswordKey) == a.passwordMark(account)
	return account, same && account.SecondFactor, nil
}

// signInCodePage asks for the second factor.
func (a *app) signInCodePage(c echo.Context) error {
	_, ok, err := a.halfway(c)
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
	account, ok, err := a.halfway(c)
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(c, "/signin")
	}
	form := views.SignInCodeForm{Page: signInFrame, Next: localPath(c.FormValue("next"))}
	who := a.visitor(c, account.Email)
	if wait := a.codes.enter(who); wait > 0 {
		c.Response().Header().Set("Retry-After", seconds(wait))
		form.Error = "Too many wrong codes. Try again in " + seconds(wait) + " s."
		return a.render(c, http.StatusTooManyRequests, views.SignInCode(form))
	}
	if form.Error, err = a.useCode(c, account, plainCode(c.FormValue("code"))); err != nil {
		a.codes.giveBackUnseen(who, err)
		return err
	}
	if form.Error != "" {
		return a.render(c, http.StatusUnprocessableEntity, views.SignInCode(form))
	}
	a.codes.passed(who)
	if err := a.welcome(c, account); err != nil {
		return err
	}
	return seeOther(c, form.Next)
}

// useCode takes a code of either kind, once, or says what is wrong with it.
func (a *app) useCode(c echo.Context, account store.Account, code string) (wrong string, err error) {
	ctx := c.Request().Context()
	if isRecoveryCode(code) {
		err = a.Store.UseRecoveryCode(ctx, account.ID, recoveryHash(code), actor(c, account))
	} else {
		err = a.useStep(c, account, code)
	}
	switch {
	case errors.Is(err, store.ErrCodeUsed):
		return "This code was used already. Wait for the next one.", nil
	case errors.Is(err, store.ErrNotFound):
		return "This code is not right.", a.auditBy(c, store.Actor{IP: c.RealIP()}, store.AuditEntry{Action: "signin.code_failed", Target: account.Email})
	case err != nil:
		return "", fmt.Errorf("use code: %w", err)
	}
	return "", nil
}

// useStep takes a code of the authenticator app; store.ErrNotFound when it is none.
func (a *app) useStep(c echo.Context, account store.Account, code string) error {
	ctx := c.Request().Context()
	factor, err := a.Store.SecondFactor(ctx, account.ID)
	if err != nil {
		return err
	}
	step, ok := stepOf(factor.Secret, code, a.Now())
	if !ok {
		return store.ErrNotFound
	}
	return a.Store.UseCode(ctx, account.ID, step)
}
