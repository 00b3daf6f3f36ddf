package handlers

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// invitedFor is how long a link can be used: over a weekend, not forever.
const invitedFor = 7 * 24 * time.Hour

// newInvitation is an invitation that was just made, for the page that shows its link.
type newInvitation struct{ Email, Link string }

// invitationCreate makes a link, which is shown for a while and kept nowhere: whoever has it becomes the account.
func (a *app) invitationCreate(c echo.Context) error {
	form := views.InviteForm{Email: strings.TrimSpace(c.FormValue("email")), Role: c.FormValue("role")}
	form.Error = auth.CheckEmail(form.Email)
	if form.Error == "" && rank[store.Role(form.Role)] == 0 {
		form.Error = "Choose a role."
	}
	if form.Error != "" {
		return a.renderAccounts(c, http.StatusUnprocessableEntity, views.AccountsPage{Form: form})
	}
	token := rand.Text() // 130 random bits
	invitation, err := a.Store.CreateInvitation(c.Request().Context(), store.Invitation{
		TokenHash: sha256.Sum256([]byte(token)), Email: form.Email, Role: store.Role(form.Role), By: actorOf(c), ExpiresAt: a.Now().Add(invitedFor),
	})
	if errors.Is(err, store.ErrExists) {
		form.Error = "This email already has an account."
		return a.renderAccounts(c, http.StatusUnprocessableEntity, views.AccountsPage{Form: form})
	}
	if err != nil {
		return fmt.Errorf("create invitation: %w", err)
	}
	if err := a.keep(c, views.ShownInvitation, newInvitation{invitation.Email, a.baseURL(c) + "/invitation?token=" + token}); err != nil {
		return err
	}
	return seeOther(c, "/accounts")
}

func (a *app) invitationRevoke(c echo.Context) error {
	id, err := idParam(c, "invitation")
	if err != nil {
		return err
	}
	if err := a.Store.RevokeInvitation(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return a.sayAt(c, "/accounts", ui.OK, "Invitation revoked. Its link no longer works.")
}

// invitationPage asks the invited person for a password. The token is in the query, which none of our logs contains.
func (a *app) invitationPage(c echo.Context) error {
	token := c.QueryParam("token")
	invitation, err := a.invitation(c, token)
	if err != nil {
		return err
	}
	return a.render(c, http.StatusOK, views.Invitation(invitationForm(invitation, token)))
}

func invitationForm(i store.Invitation, token string) views.InvitationForm {
	return views.InvitationForm{
		Page: views.Page{Title: "Invitation"}, Token: token, Email: i.Email, Role: string(i.Role), By: i.By.Name, Rule: auth.PasswordRule,
	}
}

// invitation finds the invitation of a token. Used, revoked, expired and unknown ones get the same answer.
func (a *app) invitation(c echo.Context, token string) (store.Invitation, error) {
	i, err := a.Store.Invitation(c.Request().Context(), sha256.Sum256([]byte(token)))
	return i, invitationError(err)
}

func invitationError(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists) {
		return &Problem{Status: http.StatusNotFound, Title: "This invitation is no longer valid", Detail: "It was used, revoked, or is older than 7 days. Ask for a new one."}
	}
	if err != nil {
		return fmt.Errorf("find invitation: %w", err)
	}
	return nil
}

// invitationAccept makes the account and signs it in.
func (a *app) invitationAccept(c echo.Context) error {
	ctx := c.Request().Context()
	token, password := c.FormValue("token"), c.FormValue("password")
	invitation, err := a.invitation(c, token)
	if err != nil {
		return err
	}
	form := invitationForm(invitation, token)
	if form.PasswordError = auth.CheckNewPassword(password, invitation.Email); form.PasswordError != "" {
		return a.render(c, http.StatusUnprocessableEntity, views.Invitation(form))
	}
	hash, err := a.hasher.Hash(ctx, password, false)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	account, err := a.Store.AcceptInvitation(ctx, sha256.Sum256([]byte(token)), hash, c.RealIP())
	if err != nil {
		return invitationError(err)
	}
	if err := a.beginSession(c, account); err != nil {
		return err
	}
	return seeOther(c, "/")
}
