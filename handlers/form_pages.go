package handlers

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// formPage is an address that only forms post to, and the page that its form stands on. Such an address is in a browser's
// bar after a refused act; reloaded, copied or bookmarked it leads to that page, and does nothing.
type formPage struct {
	path, page string
	needs      store.Role
}

func formPages() []formPage {
	const view, edit, own = store.RoleViewer, store.RoleEditor, store.RoleOwner
	pages := []formPage{
		{"/signout", "/", view},
		{"/hide", "/", view},

		{"/bots", "/bots/new", edit},
		{"/bots/:id/delete", "/bots/:id/settings/general", view},
		{"/bots/:id/restore", "/", view},
		{"/bots/:id/webhooks", "/bots/:id/settings/marketing", view},
		{"/bots/:id/webhooks/order", "/bots/:id/settings/marketing", view},
		{"/bots/:id/webhooks/:n/name", "/bots/:id/webhooks/:n/settings/marketing", view},
		{"/bots/:id/webhooks/:n/delete", "/bots/:id/webhooks/:n/settings/marketing", view},

		{"/jobs/:id/stop", "/deliveries", view},
		{"/jobs/:id/take-back", "/deliveries", view},
		{"/deliveries/:id/resend", "/deliveries/:id", view},
		{"/deliveries/:id/take-back", "/deliveries/:id", view},
		{"/deliveries/:id/reveal", "/deliveries/:id", view},

		{"/keys/:id/revoke", "/keys", own},
		{"/accounts/:id/role", "/accounts", own},
		{"/accounts/:id/remove", "/accounts", own},
		{"/accounts/:id/second-factor/reset", "/accounts", own},
		{"/invitations", "/accounts", own},
		{"/invitations/:id/revoke", "/accounts", own},

		{"/people/export", "/people", edit},
		{"/people/erase", "/people", edit},

		{"/account/password", "/account", view},
		{"/account/second-factor", "/account", view},
		{"/account/second-factor/confirm", "/account", view},
		{"/account/second-factor/codes", "/account", view},
		{"/account/second-factor/remove", "/account", view},
		{"/account/sessions/:id/end", "/account", view},
		{"/account/sessions/end", "/account", view},

		{"/workspace/mail", "/workspace", view},
		{"/workspace/retention", "/workspace", view},
		{"/workspace/webhook", "/workspace", view},
		{"/workspace/webhook/reveal", "/workspace", view},
		{"/workspace/test", "/workspace", view},
	}
	for _, webhook := range webhookPaths {
		pages = append(pages,
			formPage{webhook + "/settings/history/:version/restore", webhook + "/settings/history", view},
			formPage{webhook + "/settings/copy/undo", webhook + "/settings/copy", edit},
			formPage{webhook + "/settings/copy/new-bots", webhook + "/settings/copy", edit},
			formPage{webhook + "/webhook/undo", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/paste", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/format", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/matches", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/test", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/test/cancel", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/reveal", webhook + "/settings/marketing", view},
			formPage{webhook + "/webhook/secret/reveal", webhook + "/settings/developer", view},
			formPage{webhook + "/webhook/secret/rotate", webhook + "/settings/developer", view},
			formPage{webhook + "/webhook/secret/end", webhook + "/settings/developer", view},
			formPage{webhook + "/sample", webhook + "/settings/marketing", view},
			formPage{webhook + "/failed/send", webhook + "/settings/marketing", view},
			formPage{webhook + "/held/send", webhook + "/settings/marketing", view},
			formPage{webhook + "/held/leave", webhook + "/settings/marketing", view},
		)
	}
	return pages
}

// leadTo leads an address of a form to the form's page.
func leadTo(page string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !strings.Contains(page, ":id") {
			return seeOther(c, page)
		}
		id, err := uuid.Parse(c.Param("id"))
		if err != nil {
			return notFound("page")
		}
		return seeOther(c, strings.NewReplacer(":id", id.String(), ":n", strconv.Itoa(webhookNumber(c.Param("n")))).Replace(page))
	}
}
