package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
)

// signedIn guards pages: only an account with at least this role passes.
func (a *app) signedIn(needs store.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			session, account, ok, err := a.session(c)
			if err != nil {
				return err
			}
			if !ok {
				return a.askToSignIn(c)
			}
			c.Set(sessionContext, session)
			c.Set(accountContext, account)
			if !includes(account.Role, needs) {
				return notAllowed(c.Request().Method, account.Role, needs)
			}
			return next(c)
		}
	}
}

// notAllowed says who may do what somebody may not, and so whom to ask.
func notAllowed(method string, has, needs store.Role) *Problem {
	who, what := "Only owners", "do this"
	if needs == store.RoleEditor {
		who = "Only editors and owners"
	}
	if safe(method) {
		what = "see this page"
	}
	article := "a "
	if has == store.RoleEditor {
		article = "an "
	}
	return &Problem{
		Status: http.StatusForbidden, Title: "Not allowed", Detail: who + " can " + what + ". You are " + article + string(has) + ". Ask an owner if you need it.",
	}
}

// askToSignIn leads a browser to the sign-in page, or to set-up when there is no account yet, and back afterwards. A script
// (auto-save) and a form get 401 instead: following a redirect would look like success, and lose what was typed.
func (a *app) askToSignIn(c echo.Context) error {
	r := c.Request()
	if r.Method != http.MethodGet || asksForFragment(r) || r.Header.Get("Sec-Fetch-Mode") == "cors" {
		return &Problem{Status: http.StatusUnauthorized, Title: "Signed out", Detail: "Your session has ended. Sign in again; nothing was changed."}
	}
	exists, err := a.Store.HasAccount(r.Context())
	if err != nil {
		return fmt.Errorf("look for accounts: %w", err)
	}
	if !exists {
		return seeOther(c, "/setup")
	}
	if r.URL.Path == "/" {
		return seeOther(c, "/signin")
	}
	return seeOther(c, "/signin?next="+url.QueryEscape(r.URL.RequestURI()))
}

// apiKey guards a route of the API: it needs a bearer key with at least the route's role, for the bot that the route is about.
func (a *app) apiKey(r apiRoute) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key, err := a.bearer(c)
			if err != nil {
				return err
			}
			c.Set(keyContext, key)
			if !includes(key.Role, r.needs) {
				return &Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "This API key has the role " + string(key.Role) + "; this call needs " + string(r.needs) + "."}
			}
			if err := r.scope(a, c); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// bearer finds the key of the Authorization header. Every kind of wrong key gets the same answer.
func (a *app) bearer(c echo.Context) (store.Key, error) {
	unknown := &Problem{Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "Send a valid API key: Authorization: Bearer iozen_…"}
	scheme, text, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	id, hash, err := auth.ParseAPIKey(strings.TrimSpace(text))
	if err != nil || !strings.EqualFold(scheme, "Bearer") {
		return store.Key{}, unknown
	}
	ctx := c.Request().Context()
	key, err := a.Store.Key(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Key{}, unknown
	}
	if err != nil {
		return store.Key{}, fmt.Errorf("load API key: %w", err)
	}
	if !auth.SameHash(key.SecretHash, hash) || !key.RevokedAt.IsZero() {
		return store.Key{}, unknown
	}
	a.touch(c, key)
	return key, nil
}

// touch notes that a key is in use (the store does so once a minute); it must not cost a call its answer.
func (a *app) touch(c echo.Context, key store.Key) {
	if err := a.Store.TouchKey(c.Request().Context(), key); err != nil {
		a.Log.Warn("note use of API key", "key", key.ID, "error", err)
	}
}
