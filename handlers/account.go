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

// accountPage is what everyone may change about themselves: password, second factor, where they are signed in.
func (a *app) accountPage(c echo.Context) error {
	return a.renderAccount(c, http.StatusOK, views.AccountPage{})
}

// renderAccount fills in what every version of the page shows.
func (a *app) renderAccount(c echo.Context, status int, page views.AccountPage) error {
	me := accountOf(c)
	page.Page = a.page(c, "Your account", "account")
	page.Email, page.Role, page.Rule = me.Email, string(me.Role), auth.PasswordRule
	sessions, err := a.Store.Sessions(c.Request().Context(), me.ID, a.Now().Add(-auth.SessionIdle))
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	for _, s := range sessions {
		page.Sessions = append(page.Sessions, views.SessionRow{
			ID: s.ID.String(), Browser: browserName(s.Agent), SeenAt: s.SeenAt, CreatedAt: s.CreatedAt, IP: s.IP, This: s.ID == sessionOf(c).ID,
		})
	}
	factor, err := a.Store.SecondFactor(c.Request().Context(), me.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("load second factor: %w", err)
	}
	page.Factor.On, page.Factor.CodesLeft = factor.Confirmed, factor.Codes
	if !factor.Confirmed && page.Factor.Setup == nil && kept(c, noteSetup, new(bool)) {
		if page.Factor.Setup, err = a.authenticatorSetup(c, factor.Secret); err != nil {
			return err
		}
	}
	kept(c, views.ShownCodes, &page.Factor.Codes)
	return a.render(c, status, views.YourAccount(page))
}

const notYourPassword = "Wrong password."

// passwordChange asks for the old password, so that an open browser is not enough to take an account over.
func (a *app) passwordChange(c echo.Context) error {
	ctx := c.Request().Context()
	me, password := accountOf(c), c.FormValue("new")
	page := views.AccountPage{NewError: auth.CheckNewPassword(password, me.Email)}
	if page.NewError == "" {
		wrong, err := a.wrongPassword(c, c.FormValue("current"))
		if err != nil {
			return err
		}
		page.CurrentError = wrong
	}
	if page.CurrentError+page.NewError != "" {
		return a.renderAccount(c, http.StatusUnprocessableEntity, page)
	}
	hash, err := a.hasher.Hash(ctx, password, true)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	err = a.Store.ChangePassword(ctx, me.ID, me.PasswordHash, hash, actorOf(c))
	if errors.Is(err, store.ErrOldPassword) {
		return a.renderAccount(c, http.StatusUnprocessableEntity, views.AccountPage{CurrentError: notYourPassword})
	}
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	me.PasswordHash = hash
	if err := a.beginSession(c, me); err != nil {
		return err
	}
	return a.sayAt(c, "/account", ui.OK, "Password changed. You are signed out everywhere else.")
}

// wrongPassword checks the password of the account that is signed in, and returns what is wrong with it, or "". Guessing
// here is as slow as at sign-in.
func (a *app) wrongPassword(c echo.Context, password string) (string, error) {
	me := accountOf(c)
	who := a.visitor(c, me.Email)
	if wait := a.tries.Enter(who); wait > 0 {
		return "Too many wrong passwords. Try again in " + seconds(wait) + " s.", nil
	}
	ok, err := a.hasher.Matches(c.Request().Context(), me.PasswordHash, password, true)
	if err != nil {
		giveBackUnseen(a.tries, who, err)
		return "", fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return notYourPassword, nil
	}
	a.tries.Passed(who)
	return "", nil
}

// sessionEnd signs out in one other browser. For this browser there is Sign out.
func (a *app) sessionEnd(c echo.Context) error {
	id, err := idParam(c, "session")
	if err != nil {
		return err
	}
	if id == sessionOf(c).ID {
		return a.signOut(c)
	}
	if err := a.Store.EndSession(c.Request().Context(), accountOf(c).ID, id, actorOf(c)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return a.sayAt(c, "/account", ui.OK, "Signed out there.")
}

// sessionsEnd signs out everywhere else.
func (a *app) sessionsEnd(c echo.Context) error {
	if err := a.Store.EndOtherSessions(c.Request().Context(), accountOf(c).ID, sessionOf(c).ID, actorOf(c)); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return a.sayAt(c, "/account", ui.OK, "Signed out everywhere else.")
}
