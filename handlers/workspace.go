package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/sender/target"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// notificationsShown is how many notifications the page lists.
const notificationsShown = 20

// workspacePage shows what applies to the whole workspace: who is notified of what, what is allowed, what is kept.
func (a *app) workspacePage(c echo.Context) error {
	return a.renderWorkspace(c, http.StatusOK, views.WorkspacePage{})
}

// renderWorkspace fills in what every version of the page shows; page brings what was typed and refused.
func (a *app) renderWorkspace(c echo.Context, status int, page views.WorkspacePage) error {
	ctx := c.Request().Context()
	me := accountOf(c)
	w, err := a.Store.NotificationWebhook(ctx)
	if err != nil {
		return fmt.Errorf("load notification webhook: %w", err)
	}
	wants, err := a.Store.WantsMail(ctx, me.ID)
	if err != nil {
		return fmt.Errorf("load choice about email: %w", err)
	}
	begin, err := a.Store.Beginning(ctx)
	if err != nil {
		return fmt.Errorf("load what new bots begin with: %w", err)
	}
	if page.Beginning = begin.Name; !begin.None() {
		page.BeginningURL = copyURL(begin.WebhookID, nil)
	}
	notifications, err := a.Store.Notifications(ctx, notificationsShown)
	if err != nil {
		return fmt.Errorf("list notifications: %w", err)
	}
	page.Page = a.page(c, "Workspace", "workspace")
	page.Email, page.WantsMail, page.Editor = me.Email, wants, includes(me.Role, store.RoleEditor)
	if m := a.Notifier.Mail; m != nil {
		page.MailFrom, page.MailBy = m.From, m.Host
	}
	page.Webhook.Saved = w.URL != ""
	if page.Owner {
		kept(c, views.ShownNotifySecret, &page.Webhook.Secret)
	}
	kept(c, noteNotifyTests, &page.Tested)
	if page.Webhook.Error == "" {
		page.Webhook.URL = w.URL
	}
	page.Allowed = a.Allow.Entries()
	if page.KeptDays, err = a.keptDays(ctx); err != nil {
		return err
	}
	page.MostDays, page.Limited = a.Retention.MostDays(), a.Retention.Most > 0
	for _, n := range notifications {
		page.Notifications = append(page.Notifications, notificationRow(n))
	}
	return a.render(c, status, views.Workspace(page))
}

// notificationRow words what became of a notification.
func notificationRow(n store.Notification) views.NotificationRow {
	row := views.NotificationRow{At: n.At, Title: n.Title, Kind: ui.OK, Status: "Sent"}
	if n.BotID != uuid.Nil {
		row.URL = views.WebhookLogURL(refOf(store.WebhookID{BotID: n.BotID, N: n.N}), n.N > 1)
	}
	switch {
	case n.Failed > 0:
		row.Kind, row.Status, row.Note = ui.Bad, "Did not arrive", n.Note
	case n.Waiting > 0:
		row.Kind, row.Status, row.Note = ui.Muted, "Being sent", n.Note
	case n.Sent == 0:
		row.Kind, row.Status = ui.Muted, "Not sent (no channel set up)"
	}
	return row
}

// mailChoose notes whether the caller wants emails: everyone decides for themselves.
func (a *app) mailChoose(c echo.Context) error {
	if err := a.Store.ChooseMail(c.Request().Context(), accountOf(c).ID, c.FormValue("mail") == "on"); err != nil {
		return fmt.Errorf("save choice about email: %w", err)
	}
	return a.sayAt(c, "/workspace", ui.OK, "Email preference saved.")
}

// notificationWebhookSave saves where notifications are posted, by the rules of every webhook.
func (a *app) notificationWebhookSave(c echo.Context) error {
	url := strings.TrimSpace(c.FormValue("url"))
	if url != "" {
		checked, problem := target.CheckURL(url, a.Allow)
		if problem != nil {
			form := views.NotificationForm{URL: c.FormValue("url"), Error: problem.Sentence()}
			return a.renderWorkspace(c, http.StatusUnprocessableEntity, views.WorkspacePage{Webhook: form})
		}
		url = checked
	}
	if err := a.Store.SetNotificationWebhook(c.Request().Context(), url, actorOf(c)); err != nil {
		return fmt.Errorf("save notification webhook: %w", err)
	}
	return a.sayAt(c, "/workspace", ui.OK, "Notification webhook saved.")
}

// notificationSecretReveal shows the secret that notifications are signed with. The audit entry is written before anyone sees
// it.
func (a *app) notificationSecretReveal(c echo.Context) error {
	w, err := a.Store.NotificationWebhook(c.Request().Context())
	if err != nil {
		return fmt.Errorf("load notification webhook: %w", err)
	}
	if err := a.audit(c, store.AuditEntry{Action: "notifications.reveal_secret"}); err != nil {
		return err
	}
	if err := a.keep(c, views.ShownNotifySecret, w.Secret); err != nil {
		return err
	}
	return seeOther(c, "/workspace#notification-secret")
}

// notificationTest sends a test notification by email and webhook, and says what became of each.
func (a *app) notificationTest(c echo.Context) error {
	outcomes, err := a.Notifier.Test(c.Request().Context(), accountOf(c).Email)
	if err != nil {
		return err
	}
	var tested []views.TestedChannel
	for _, o := range outcomes {
		result := views.TestedChannel{Name: "Email to " + o.Target, Kind: ui.OK, Words: "was accepted by the mail server."}
		if o.Channel == store.ChannelWebhook {
			result.Name, result.Words = "Webhook at "+hostOf(o.Target), "accepted the notification."
		}
		if o.Err != nil {
			result.Kind, result.Words = ui.Bad, "did not work: "+o.Err.Error()
		}
		tested = append(tested, result)
	}
	if len(outcomes) == 0 {
		tested = []views.TestedChannel{{Name: "Nothing was sent:", Kind: ui.Warn, Words: "set up email or a notification webhook first."}}
	}
	if err := a.keep(c, noteNotifyTests, tested); err != nil {
		return err
	}
	return seeOther(c, "/workspace")
}

// retentionSave chooses how long the log is kept, within what the server allows.
func (a *app) retentionSave(c echo.Context) error {
	typed := strings.TrimSpace(c.FormValue("days"))
	days, err := strconv.Atoi(typed)
	if most := a.Retention.MostDays(); err != nil || days < 1 || days > most {
		wrong := "Enter a whole number of days from 1 to " + ui.Number(most) + "."
		return a.renderWorkspace(c, http.StatusUnprocessableEntity, views.WorkspacePage{Days: typed, DaysError: wrong})
	}
	if err := a.Store.SetRetentionDays(c.Request().Context(), days, actorOf(c)); err != nil {
		return fmt.Errorf("save retention: %w", err)
	}
	return a.sayAt(c, "/workspace", ui.OK, "Log retention is now "+ui.Count(days, "day")+".")
}
