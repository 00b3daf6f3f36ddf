package handlers

import (
	"github.com/labstack/echo/v4"

	"iozen/static"
	"iozen/store"
)

// routes is the table of contents: every route, its handler and who may call it. A route that names no role is public.
func (a *app) routes(e *echo.Echo) {
	view, edit, own := a.signedIn(store.RoleViewer), a.signedIn(store.RoleEditor), a.signedIn(store.RoleOwner)

	// Before signing in
	e.GET("/setup", a.setupPage)
	e.POST("/setup", a.setup, a.short, a.slowed)
	e.GET("/signin", a.signInPage)
	e.POST("/signin", a.signIn, a.short)
	e.GET("/signin/code", a.signInCodePage)
	e.POST("/signin/code", a.signInCode, a.short)
	e.POST("/signout", a.signOut, a.short)
	e.GET("/invitation", a.invitationPage)
	e.POST("/invitation", a.invitationAccept, a.short, a.slowed)

	// Bots
	e.GET("/", a.botsPage, view)
	e.GET("/bots/new", a.botNewPage, edit)
	e.POST("/bots", a.botCreate, edit)
	e.GET("/bots/:id", a.botHome, view)
	e.GET("/bots/:id/settings", a.settingsHome, view)
	e.GET("/bots/:id/settings/general", a.generalPage, view)
	e.POST("/bots/:id/settings/general", a.generalSave, edit)
	e.POST("/bots/:id/delete", a.botDelete, edit)
	e.POST("/bots/:id/restore", a.botRestore, edit)

	// Bot → Settings → Marketing & Attribution, of the first endpoint at the bot's own address and of each by its number
	for _, webhook := range webhookPaths {
		e.GET(webhook+"/settings/marketing", a.marketingPage, view)
		e.POST(webhook+"/settings/marketing", a.marketingSave, edit)
		e.GET(webhook+"/webhook/fields", a.webhookFields, view)
		e.POST(webhook+"/webhook/fields", a.webhookFieldSave, edit)
		e.POST(webhook+"/webhook/undo", a.webhookUndo, edit)
		e.POST(webhook+"/webhook/paste", a.webhookPaste, edit)
		e.POST(webhook+"/webhook/format", a.webhookFormat, edit)
		e.POST(webhook+"/webhook/matches", a.webhookMatches, edit)
		e.GET(webhook+"/settings/developer", a.developerPage, view)
		e.GET(webhook+"/settings/history", a.webhookHistory, view)
		e.POST(webhook+"/settings/history/:version/restore", a.webhookRestore, edit)
		e.GET(webhook+"/settings/copy", a.copyPage, edit)
		e.POST(webhook+"/settings/copy", a.copyDo, edit)
		e.GET(webhook+"/settings/copy/preview", a.copyPreview, edit)
		e.POST(webhook+"/settings/copy/undo", a.copyUndo, edit)
		e.POST(webhook+"/settings/copy/new-bots", a.newBotsBegin, edit)
		e.POST(webhook+"/webhook/test", a.webhookTest, edit)
		e.POST(webhook+"/webhook/test/cancel", a.webhookTestCancel, edit)
		e.POST(webhook+"/webhook/reveal", a.webhookReveal, edit)
		e.POST(webhook+"/webhook/secret/reveal", a.secretReveal, edit)
		e.POST(webhook+"/webhook/secret/rotate", a.secretRotate, edit)
		e.POST(webhook+"/webhook/secret/end", a.secretEnd, edit)
		e.GET(webhook+"/webhook/recent", a.webhookRecent, view)
		e.POST(webhook+"/sample", a.sampleSend, edit)
		e.POST(webhook+"/failed/send", a.failedSend, edit)
		e.POST(webhook+"/held/send", a.heldSend, edit)
		e.POST(webhook+"/held/leave", a.heldLeave, edit)
	}
	e.POST("/bots/:id/webhooks", a.endpointAdd, edit)
	e.POST("/bots/:id/webhooks/order", a.endpointsOrder, edit)
	e.POST("/bots/:id/webhooks/:n/name", a.endpointRename, edit)
	e.POST("/bots/:id/webhooks/:n/delete", a.endpointDelete, edit)

	// The log
	e.GET("/bots/:id/deliveries", a.botDeliveries, view)
	e.GET("/deliveries", a.allDeliveries, view)
	e.GET("/bots/:id/deliveries/news", a.botDeliveriesNews, view)
	e.GET("/deliveries/news", a.allDeliveriesNews, view)
	e.GET("/bots/:id/deliveries/figures", a.botFigures, view)
	e.GET("/deliveries/figures", a.allFigures, view)
	e.GET("/needs", a.needsNews, view)
	e.GET("/bots/:id/live", a.botLive, view)
	e.GET("/deliveries/live", a.allLive, view)
	e.GET("/deliveries/:id", a.deliveryPage, view)
	e.GET("/bots/:id/deliveries/resend", a.botResendPage, edit)
	e.POST("/bots/:id/deliveries/resend", a.botResendStart, edit)
	e.GET("/deliveries/resend", a.allResendPage, edit)
	e.POST("/deliveries/resend", a.allResendStart, edit)
	e.GET("/deliveries/resend-selected", a.resendSelectedPage, edit)
	e.POST("/deliveries/resend-selected", a.resendSelected, edit)
	e.POST("/jobs/:id/stop", a.jobStop, edit)
	e.POST("/jobs/:id/take-back", a.jobTakeBack, edit)
	e.POST("/deliveries/:id/take-back", a.deliveryTakeBack, edit)
	e.GET("/bots/:id/deliveries/export", a.botExport, view)
	e.GET("/deliveries/export", a.allExport, view)
	e.POST("/deliveries/:id/resend", a.deliveryResend, edit)
	e.POST("/deliveries/:id/reveal", a.deliveryReveal, edit)

	// API keys
	e.GET("/keys", a.keysPage, own)
	e.POST("/keys", a.keyCreate, own)
	e.POST("/keys/:id/revoke", a.keyRevoke, own)
	e.GET("/bots/:id/keys", a.botKeyPage, view)
	e.POST("/bots/:id/keys", a.botKeyCreate, edit)

	// API: bearer keys
	for _, r := range a.apiRoutes() {
		e.Add(r.method, r.path, r.handle, a.apiKey(r))
	}
	e.GET("/openapi.yaml", a.openAPI)

	// Accounts
	e.GET("/accounts", a.accountsPage, own)
	e.POST("/accounts/:id/role", a.accountRole, own)
	e.POST("/accounts/:id/remove", a.accountRemove, own)
	e.POST("/accounts/:id/second-factor/reset", a.accountFactorReset, own)
	e.POST("/invitations", a.invitationCreate, own)
	e.POST("/invitations/:id/revoke", a.invitationRevoke, own)

	// Personal data
	e.GET("/people", a.peoplePage, edit)
	e.POST("/people", a.personFind, edit)
	e.GET("/people/news", a.peopleNews, edit)
	e.POST("/people/export", a.personExport, edit)
	e.POST("/people/erase", a.personErase, edit)

	// Audit log
	e.GET("/audit", a.auditPage, own)
	e.GET("/audit/export", a.auditExport, own)

	// Your account
	e.GET("/account", a.accountPage, view)
	e.POST("/account/password", a.passwordChange, view)
	e.POST("/account/second-factor", a.secondFactorBegin, view, a.passwordAsked)
	e.POST("/account/second-factor/confirm", a.secondFactorConfirm, view)
	e.POST("/account/second-factor/codes", a.recoveryCodesRenew, view, a.passwordAsked)
	e.POST("/account/second-factor/remove", a.secondFactorRemove, view, a.passwordAsked)
	e.POST("/account/sessions/:id/end", a.sessionEnd, view)
	e.POST("/account/sessions/end", a.sessionsEnd, view)

	// Workspace
	e.GET("/workspace", a.workspacePage, view)
	e.POST("/workspace/mail", a.mailChoose, view)
	e.POST("/workspace/retention", a.retentionSave, own)
	e.POST("/workspace/webhook", a.notificationWebhookSave, own)
	e.POST("/workspace/webhook/reveal", a.notificationSecretReveal, own)
	e.POST("/workspace/test", a.notificationTest, edit)

	// Help
	e.GET("/help", a.helpPage, view)
	e.GET("/help/webhooks", a.helpWebhooks, view)
	e.GET("/help/recipes", a.helpRecipes, view)
	e.GET("/help/troubleshooting", a.helpTroubleshooting, view)
	e.GET("/help/export", a.helpExport, view)
	e.GET("/help/shortcuts", a.helpShortcuts, view)
	e.GET("/help/api", a.apiReference, view)

	// Search
	e.GET("/find", a.findPage, view)

	// Forms
	e.POST("/hide", a.shownHide, view)
	for _, f := range formPages() {
		e.GET(f.path, leadTo(f.page), a.signedIn(f.needs))
	}

	// The server itself
	e.GET("/healthz", a.healthz)
	e.GET("/readyz", a.readyz)
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	e.HEAD(static.Prefix+"*", echo.WrapHandler(static.Handler()))
}
