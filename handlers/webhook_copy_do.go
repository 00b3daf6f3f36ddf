package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// noteCopy keeps on the page of a webhook what became of the copy that was made there, and may be taken back.
func noteCopy(of store.WebhookID) string { return "copy " + copyRef(of) }

// copyDo copies what the preview showed. When other boxes are ticked than those that the preview was made for, it leads back
// to the preview: nothing is changed that was not seen before.
func (a *app) copyDo(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	asked, err := readCopy(w, form)
	if err != nil {
		return err
	}
	if len(asked.To) == 0 || len(asked.To) > store.MaxCopyTargets {
		return badForm("The form does not say where to copy the settings.")
	}
	version, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return badForm("The form does not say which settings it is about.")
	}
	switch {
	case len(asked.Groups) == 0:
		return a.renderCopyPreview(c, http.StatusUnprocessableEntity, bot, w, asked, "Choose what to copy.")
	case form.Get("shown") != groupList(asked.Groups):
		return a.renderCopyPreview(c, http.StatusConflict, bot, w, asked, "You chose other settings than the preview showed. This is what will change now.")
	}
	asked.IfVersion, asked.By, asked.Act = &version, actorOf(c), uuid.NewString()
	outcomes, err := a.Store.CopyWebhook(c.Request().Context(), asked)
	if errors.As(err, new(*store.StaleError)) {
		return a.renderCopyPreview(c, http.StatusConflict, bot, w, asked, "These settings changed meanwhile. This is what would be copied now.")
	}
	if err != nil {
		return fmt.Errorf("copy settings: %w", err)
	}
	names, err := a.copyNames(c.Request().Context(), outcomes)
	if err != nil {
		return err
	}
	return a.sayCopied(c, copiedAt(asked, form), copyDone(asked.Act, names, outcomes))
}

// copiedAt is the webhook from whose page the copy was made: the one that is copied, or the one that gets it.
func copiedAt(asked store.WebhookCopy, form url.Values) store.WebhookID {
	if form.Get("into") != "" && len(asked.To) == 1 {
		return asked.To[0].WebhookID
	}
	return asked.From
}

// groupList is what a form says of the groups that its preview was made for.
func groupList(groups []store.CopyGroup) string { return strings.Join(groupNames(groups), " ") }

func groupNames(groups []store.CopyGroup) []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = string(g)
	}
	return names
}

// copyDone is what became of each endpoint.
func copyDone(act string, names []string, outcomes []store.CopyOutcome) (done views.CopyDone) {
	done.Act = act
	for i, o := range outcomes {
		row := views.CopiedRow{Name: names[i], URL: refOf(o.WebhookID).At("settings/marketing"), Ref: copyRef(o.WebhookID), Kind: ui.OK}
		switch {
		case o.Err != nil:
			row.Kind, row.Words = ui.Bad, "Not copied. "+copyRefusal(o.Err)
		case len(o.Changed) == 0:
			row.Kind, row.Words = ui.Muted, "Nothing to change."
		default:
			row.Ref += "." + strconv.FormatInt(o.After.Version, 10)
			row.Words, row.Changed = labelsOf(o.Changed), true
			done.N++
		}
		done.Rows = append(done.Rows, row)
	}
	return done
}

// sayCopied leads to the page where the copy was begun, which says what was done and offers to take it back.
func (a *app) sayCopied(c echo.Context, at store.WebhookID, done views.CopyDone) error {
	if err := a.keep(c, noteCopy(at), done); err != nil {
		return err
	}
	kind, words := ui.OK, "Copied to "+ui.Count(done.N, "endpoint")+"."
	if done.N < len(done.Rows) {
		kind, words = ui.Warn, "Copied to "+ui.Number(done.N)+" of "+ui.Count(len(done.Rows), "endpoint")+": see below."
	}
	return a.sayAt(c, copyURL(at, nil), kind, words)
}

// copyUndo takes a copy back wherever nothing has been changed since.
func (a *app) copyUndo(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	at := webhookOf(c, bot.ID)
	page := copyURL(at, nil)
	var done views.CopyDone
	if !kept(c, noteCopy(at), &done) || done.Act != c.FormValue("act") {
		return a.sayAt(c, page, ui.Warn, "Too late to undo here. The history of each endpoint has its earlier settings.")
	}
	back := 0
	for i, row := range done.Rows {
		if !row.Changed {
			continue
		}
		to, ok := readCopyRef(row.Ref)
		if !ok || to.IfVersion == nil {
			continue
		}
		_, _, err := a.Store.UndoWebhook(c.Request().Context(), to.WebhookID, store.WebhookUndo{
			Version: *to.IfVersion, Edit: store.Edit{Tab: done.Act, Seq: 2, Run: 2}, By: actorOf(c),
		})
		switch {
		case err == nil:
			back++
			done.Rows[i].Words, done.Rows[i].Kind, done.Rows[i].Changed = "Taken back.", ui.Muted, false
		case errors.As(err, new(*store.StaleError)), errors.Is(err, store.ErrNotFound):
			done.Rows[i].Words, done.Rows[i].Kind = "Not taken back: "+copyUndoRefusal(err), ui.Warn
		default:
			return fmt.Errorf("undo copy: %w", err)
		}
	}
	if err := a.keep(c, noteCopy(at), done); err != nil {
		return err
	}
	if back < done.N {
		return a.sayAt(c, page, ui.Warn, "Taken back in "+ui.Number(back)+" of "+ui.Count(done.N, "endpoint")+": see below.")
	}
	return a.sayAt(c, page, ui.OK, "Taken back in "+ui.Count(back, "endpoint")+".")
}

func copyUndoRefusal(err error) string {
	if errors.Is(err, store.ErrNotFound) {
		return "it was deleted."
	}
	return "its settings changed since."
}

// newBotsBegin chooses whether new bots begin with the settings of this endpoint.
func (a *app) newBotsBegin(c echo.Context) error {
	_, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	name, err := a.endpointIn(c.Request().Context(), w.WebhookID)
	if err != nil {
		return err
	}
	id, said := w.WebhookID, "New bots now start with the settings of "+name+"."
	if c.FormValue("begin") == "" {
		id, said = store.WebhookID{}, "New bots now start empty."
	}
	if err := a.Store.BeginWith(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("choose what new bots begin with: %w", err)
	}
	return a.sayAt(c, copyURL(w.WebhookID, nil), ui.OK, said)
}
