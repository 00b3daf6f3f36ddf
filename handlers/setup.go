package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
)

// setupPage is the first visit: it makes the owner's account, once.
func (a *app) setupPage(c echo.Context) error {
	exists, err := a.Store.HasAccount(c.Request().Context())
	if err != nil {
		return fmt.Errorf("look for accounts: %w", err)
	}
	if exists {
		return seeOther(c, "/signin")
	}
	return a.render(c, http.StatusOK, views.Setup(a.setupForm(c.Request())))
}

func (a *app) setupForm(r *http.Request) views.SetupForm {
	return views.SetupForm{Page: views.Page{Title: "Set up"}, AsksCode: a.asksCode(r), Rule: auth.PasswordRule}
}

// setup creates the owner's account and signs them in. Once there is an account, nothing is read and nothing hashed.
func (a *app) setup(c echo.Context) error {
	ctx := c.Request().Context()
	exists, err := a.Store.HasAccount(ctx)
	if err != nil {
		return fmt.Errorf("look for accounts: %w", err)
	}
	if exists {
		return seeOther(c, "/signin")
	}
	form := a.setupForm(c.Request())
	form.Email = strings.TrimSpace(c.FormValue("email"))
	password := c.FormValue("password")
	if form.AsksCode && !sameText(c.FormValue("code"), a.SetupCode) {
		form.CodeError = "Wrong code. The terminal that started ioZen shows it."
	}
	form.EmailError, form.PasswordError = auth.CheckEmail(form.Email), auth.CheckNewPassword(password, form.Email)
	if form.CodeError+form.EmailError+form.PasswordError != "" {
		return a.render(c, http.StatusUnprocessableEntity, views.Setup(form))
	}
	hash, err := a.hasher.Hash(ctx, password, false)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	account, err := a.Store.CreateFirstAccount(ctx, store.Account{
		Email: strings.ToLower(form.Email), PasswordHash: hash, Role: store.RoleOwner,
	}, c.RealIP())
	if errors.Is(err, store.ErrExists) {
		return seeOther(c, "/signin")
	}
	if err != nil {
		return fmt.Errorf("create the owner's account: %w", err)
	}
	if err := a.beginSession(c, account); err != nil {
		return err
	}
	return seeOther(c, "/")
}

func sameText(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(strings.TrimSpace(a)), []byte(b)) == 1
}
