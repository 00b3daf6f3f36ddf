package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// accountsPage lists who may sign in, and who has been invited.
func (a *app) accountsPage(c echo.Context) error {
	return a.renderAccounts(c, http.StatusOK, views.AccountsPage{Form: views.InviteForm{Role: string(store.RoleViewer)}})
}

// renderAccounts adds the lists to the page, and a new invitation's link for as long as it can be seen.
func (a *app) renderAccounts(c echo.Context, status int, page views.AccountsPage) error {
	ctx := c.Request().Context()
	accounts, err := a.Store.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	invitations, err := a.Store.Invitations(ctx)
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	keys, err := a.Store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("list API keys: %w", err)
	}
	page.Page = a.page(c, "Accounts", "accounts")
	var made newInvitation
	kept(c, views.ShownInvitation, &made)
	page.Rows = accountRows(accounts, accountOf(c), keys)
	for _, i := range invitations {
		if i.Email == made.Email { // one that was accepted or revoked is of no use
			page.NewEmail, page.NewLink = made.Email, made.Link
		}
		page.Invitations = append(page.Invitations, views.InvitationRow{
			ID: i.ID.String(), Email: i.Email, Role: string(i.Role), By: i.By.Name, ExpiresAt: i.ExpiresAt,
		})
	}
	return a.render(c, status, views.Accounts(page))
}

// accountRows marks the reader's own account and the last owner, and counts the API keys that would stay valid.
func accountRows(accounts []store.Account, me store.Account, keys []store.Key) []views.AccountRow {
	owners, made := 0, map[[16]byte]int{}
	for _, account := range accounts {
		if account.Role == store.RoleOwner {
			owners++
		}
	}
	for _, k := range keys {
		if k.RevokedAt.IsZero() {
			made[k.CreatedBy.ID]++
		}
	}
	var rows []views.AccountRow
	for _, account := range accounts {
		rows = append(rows, views.AccountRow{
			ID: account.ID.String(), Email: account.Email, Role: string(account.Role), SeenAt: account.SeenAt,
			SecondFactor: account.SecondFactor, Keys: made[account.ID],
			Me: account.ID == me.ID, LastOwner: account.Role == store.RoleOwner && owners == 1,
		})
	}
	return rows
}

// accountRole gives an account another role. People who change their own role continue with a new session.
func (a *app) accountRole(c echo.Context) error {
	id, err := idParam(c, "account")
	if err != nil {
		return err
	}
	role := store.Role(c.FormValue("role"))
	if rank[role] == 0 {
		return &Problem{Status: http.StatusUnprocessableEntity, Title: "Unknown role", Detail: "Choose owner, editor or viewer."}
	}
	if err := a.Store.SetRole(c.Request().Context(), id, role, actorOf(c)); err != nil {
		return fmt.Errorf("set role: %w", err)
	}
	if me := accountOf(c); me.ID == id {
		me.Role = role
		if err := a.beginSession(c, me); err != nil {
			return err
		}
		return a.sayAt(c, "/", ui.OK, "Your role is now "+string(role)+".")
	}
	return a.sayAt(c, "/accounts", ui.OK, "Role changed. They have to sign in again.")
}

func (a *app) accountRemove(c echo.Context) error {
	id, err := idParam(c, "account")
	if err != nil {
		return err
	}
	if err := a.Store.RemoveAccount(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	return a.sayAt(c, "/accounts", ui.OK, "Account removed.")
}
