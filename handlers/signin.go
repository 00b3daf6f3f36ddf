package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
)

// signInPage asks for email and password. Without any account it leads to set-up.
func (a *app) signInPage(c echo.Context) error {
	exists, err := a.Store.HasAccount(c.Request().Context())
	if err != nil {
		return fmt.Errorf("look for accounts: %w", err)
	}
	if !exists {
		return seeOther(c, "/setup")
	}
	return a.render(c, http.StatusOK, views.SignIn(views.SignInForm{Page: signInFrame, Next: localPath(c.QueryParam("next"))}))
}

var signInFrame = views.Page{Title: "Sign in"}

// signIn begins a session, or refuses without saying which of the two was wrong.
func (a *app) signIn(c echo.Context) error {
	form := views.SignInForm{Page: signInFrame, Email: strings.TrimSpace(c.FormValue("email")), Next: localPath(c.FormValue("next"))}
	who := a.visitor(c, form.Email)
	if wait := a.tries.Enter(who); wait > 0 {
		c.Response().Header().Set("Retry-After", seconds(wait))
		form.Error = "Too many wrong passwords. Try again in " + seconds(wait) + " s."
		return a.render(c, http.StatusTooManyRequests, views.SignIn(form))
	}
	account, ok, err := a.authenticate(c, form.Email, who.Browser != "")
	if err != nil {
		giveBackUnseen(a.tries, who, err)
		return err
	}
	if !ok {
		form.Error = "Wrong email or password."
		return a.render(c, http.StatusUnprocessableEntity, views.SignIn(form))
	}
	a.tries.Passed(who)
	if account.SecondFactor {
		return a.askForCode(c, account, form.Next)
	}
	if err := a.welcome(c, account); err != nil {
		return err
	}
	return seeOther(c, form.Next)
}

// visitor is somebody who tries to sign in to this account. A text too long for an email is cut, so that it takes no memory.
func (a *app) visitor(c echo.Context, email string) auth.Visitor {
	email = strings.ToLower(email[:min(len(email), auth.MaxEmail)])
	return auth.Visitor{Account: email, Address: c.RealIP(), Browser: a.sessions.KnownBrowser(c.Request(), email)}
}

// authenticate checks the password of the form against the account of that email, if there is one. A wrong password goes into
// the audit log of the account. Without an account it goes into the server's log, but not what was typed: that may be a
// password in the wrong field. Both wait for one commit, so that the time taken does not reveal which case it was.
func (a *app) authenticate(c echo.Context, email string, known bool) (store.Account, bool, error) {
	ctx := c.Request().Context()
	account, err := a.Store.AccountByEmail(ctx, strings.ToLower(email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Account{}, false, fmt.Errorf("find account: %w", err)
	}
	ok, err := a.hasher.Matches(ctx, account.PasswordHash, c.FormValue("password"), known)
	if err != nil {
		return store.Account{}, false, fmt.Errorf("check password: %w", err)
	}
	switch {
	case ok:
	case account.ID == uuid.Nil:
		a.Log.InfoContext(ctx, "sign-in to an account that does not exist", "ip", c.RealIP())
		if err = a.Store.Ping(ctx); err != nil {
			err = fmt.Errorf("wait as long as for an account: %w", err)
		}
	default:
		err = a.auditBy(c, store.Actor{IP: c.RealIP()}, store.AuditEntry{Action: "signin.failed", Target: account.Email})
	}
	return account, ok, err
}

// welcome signs in somebody who has proved who they are. The audit entry is written with the session.
func (a *app) welcome(c echo.Context, account store.Account) error {
	if err := a.sessions.SignIn(c.Request().Context(), account, clientOf(c)); err != nil {
		return err
	}
	a.sessions.RememberBrowser(c.Response(), c.Request(), account.Email)
	return nil
}

// signOut ends the session, here and in the database.
func (a *app) signOut(c echo.Context) error {
	ctx := c.Request().Context()
	s, account, ok, err := a.session(c)
	if err != nil {
		return err
	}
	if ok {
		if err := a.Store.SignOut(ctx, s, actor(c, account)); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	if err := a.sessions.End(ctx); err != nil {
		return err
	}
	return seeOther(c, "/signin")
}

// localPath keeps an address to return to within this site: "//evil.example" and "/\evil.example" lead out of it.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) || strings.ContainsFunc(next, unicode.IsControl) {
		return "/"
	}
	return next
}
