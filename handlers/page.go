package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// page is the frame of a page for the account that is signed in; nav is the part of the menu that it belongs to.
func (a *app) page(c echo.Context, title, nav string) views.Page {
	return views.Page{
		Title: title, Nav: nav, Account: accountOf(c).Email, Owner: accountOf(c).Role == store.RoleOwner, Editor: mayEdit(c), Needs: a.needs(c), Said: a.takeSaid(c),
	}
}

// botPage is the frame of one of a bot's pages; here is the last step of the breadcrumb.
func (a *app) botPage(c echo.Context, botID uuid.UUID, name, here string) views.Page {
	p := a.page(c, name+" – "+here, "bots")
	p.Crumbs = views.BotCrumbs(botID.String(), name, here)
	p.Bot = botID.String()
	if !asksForFragment(c.Request()) {
		settings := 0
		if strings.HasSuffix(c.Path(), "/settings/marketing") {
			settings = webhookOf(c, botID).N
		}
		p.Banners = a.botBanners(c, botID, settings)
		p.Needs.URL = "/needs?bot=" + p.Bot
		if settings > 0 {
			p.Needs.URL += "&settings=" + strconv.Itoa(settings)
		}
	}
	return p
}

// bot loads the bot that the address names. An invalid id is answered like an unknown one.
func (a *app) bot(c echo.Context) (store.Bot, error) {
	id, err := idParam(c, "bot")
	if err != nil {
		return store.Bot{}, err
	}
	bot, err := a.Store.Bot(c.Request().Context(), id)
	if err != nil {
		return store.Bot{}, fmt.Errorf("load bot %s: %w", id, err)
	}
	return bot, nil
}

// idParam reads the :id of the address; what names the thing in the answer to an invalid id.
func idParam(c echo.Context, what string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || len(c.Param("id")) != 36 { // uuid.Parse also accepts {…} and urn:uuid:…
		return uuid.Nil, notFound(what)
	}
	return id, nil
}

// audit records an act of the caller. An act that cannot be recorded must not happen: callers return the error.
func (a *app) audit(c echo.Context, entry store.AuditEntry) error {
	return a.auditBy(c, actorOf(c), entry)
}

// auditBy is audit for an actor who is not signed in.
func (a *app) auditBy(c echo.Context, by store.Actor, entry store.AuditEntry) error {
	entry.By = by
	if err := a.Store.AddAudit(c.Request().Context(), entry); err != nil {
		return fmt.Errorf("audit %s: %w", entry.Action, err)
	}
	return nil
}

// baseURL is the address at which people and programs reach us, without a slash at the end.
func (a *app) baseURL(c echo.Context) string {
	if a.PublicURL != "" {
		return a.PublicURL
	}
	return a.scheme(c.Request()) + "://" + c.Request().Host
}
