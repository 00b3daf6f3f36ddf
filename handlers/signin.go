package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// signInPage asks for e-mail and password; an empty house has nobody to ask.
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

// signIn begins a session, or says no without saying which of the two was wrong.
func (a *app) signIn(c echo.Context) error {
	form := views.SignInForm{Page: signInFrame, Email: strings.TrimSpace(c.FormValue("email")), Next: localPath(c.FormValue("next"))}
	who := strings.ToLower(form.Email) + " " + c.RealIP()
	if wait := a.sign.wait(who); wait > 0 {
		c.Response().Header().Set("Retry-After", seconds(wait))
		form.Error = "Too many wrong passwords. Try again in " + seconds(wait) + " s."
		return a.render(c, http.StatusTooManyRequests, views.SignIn(form))
	}
	account, ok, err := a.authenticate(c, form.Email)
	if err != nil {
		return err
	}
	if !ok {
		a.sign.missed(who)
		form.Error = "E-mail or password is not right."
		return a.render(c, http.StatusUnprocessableEntity, views.SignIn(form))
	}
	a.sign.passed(who)
	if err := a.beginSession(c.Request().Context(), account); err != nil {
		return err
	}
	return seeOther(c, form.Next)
}

// authenticate checks the password of the form against the account of that e-mail, if there is one.
func (a *app) authenticate(c echo.Context, email string) (store.Account, bool, error) {
	ctx := c.Request().Context()
	account, err := a.Store.AccountByEmail(ctx, strings.ToLower(email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Account{}, false, fmt.Errorf("find account: %w", err)
	}
	ok, err := a.sign.matches(ctx, account.PasswordHash, c.FormValue("password"))
	if err != nil {
		return store.Account{}, false, fmt.Errorf("check password: %w", err)
	}
	return account, ok, nil
}

// signOut ends the session, here and in the database.
func (a *app) signOut(c echo.Context) error {
	if err := a.sessions.Destroy(c.Request().Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return seeOther(c, "/signin")
}

// localPath keeps an address to return to within this site: "//evil.example" and "/\evil.example" lead out of it.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
