package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
	"iozen/views/ui"
)

// historyRows are one page of the history.
const historyRows = 25

// webhookHistory lists what the settings were before, newest first.
func (a *app) webhookHistory(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	cursor := c.QueryParam("cursor")
	versions, err := a.versions(c, bot, cursor)
	if err != nil {
		return err
	}
	list, err := a.endpoints(c, w.WebhookID)
	if err != nil {
		return err
	}
	page := views.HistoryPage{
		Page: a.settingsPage(c, bot, list), Endpoints: list, WebhookRef: refOf(w.WebhookID), BotName: bot.Name,
		Editable: mayEdit(c),
	}
	here := page.At("settings/history")
	if cursor != "" {
		page.Pager.NewestURL = here
	}
	if versions.Next != "" {
		page.Pager.OlderURL = here + "?cursor=" + url.QueryEscape(versions.Next)
	}
	actors, err := a.actorNames(c.Request().Context())
	if err != nil {
		return err
	}
	for i, v := range versions.Versions[:min(historyRows, len(versions.Versions))] {
		row := historyVersion(v, w.Version)
		row.Who = actors.of(v.By)
		if i+1 < len(versions.Versions) {
			row.Title, row.Diff = historyDiff(versions.Versions[i+1], v)
		}
		page.Versions = append(page.Versions, row)
	}
	return a.render(c, http.StatusOK, views.WebhookHistory(page))
}

// versions reads a page of the history, and the one version before it that its last row is compared with.
func (a *app) versions(c echo.Context, bot store.Bot, cursor string) (store.VersionPage, error) {
	ctx := c.Request().Context()
	page, err := a.Store.WebhookVersions(ctx, webhookOf(c, bot.ID), cursor, historyRows)
	if err != nil || page.Next == "" {
		return page, err
	}
	older, err := a.Store.WebhookVersions(ctx, webhookOf(c, bot.ID), page.Next, 1)
	page.Versions = append(page.Versions, older.Versions...)
	return page, err
}

func historyVersion(v store.WebhookVersion, current int64) views.HistoryVersion {
	return views.HistoryVersion{
		Number: strconv.FormatInt(v.Version, 10), At: v.At, Used: v.Used, Current: v.Version == current, Title: "Created",
		URL: v.URL, Headers: headerNames(v.Headers), Damaged: v.Damaged,
	}
}

// historyDiff compares a version with the one before it: the names of what changed, and the old and new lines.
func historyDiff(before, after store.WebhookVersion) (title string, lines []views.DiffLine) {
	d := versionDiff{}
	d.compareWords("Webhook", onOff(before.Enabled), onOff(after.Enabled))
	d.compare("Webhook URL", before.URL, after.URL)
	d.compareHeaders(before.Headers, after.Headers)
	d.compareWords("Events", eventWords(before.EventNames), eventWords(after.EventNames))
	d.compareWords("Only when", onlyWhenWords(before.Filter), onlyWhenWords(after.Filter))
	d.compareWords("Consent", consentText(before.Consent), consentText(after.Consent))
	d.compareWords("Rate limit", limitWords(before.RateLimit), limitWords(after.RateLimit))
	d.compareWords("Format", formatWords(before.Format), formatWords(after.Format))
	d.compareWords("Leave out", leaveOutWords(before.LeaveOut), leaveOutWords(after.LeaveOut))
	d.compareWords("Success by answer", successWords(before.Success), successWords(after.Success))
	if len(d.names) == 0 {
		return "Changed and changed back", nil // in two versions that were both used
	}
	return strings.Join(d.names, ", "), d.lines
}

// versionDiff collects what differs between two versions.
type versionDiff struct {
	names []string
	lines []views.DiffLine
}

func (d *versionDiff) compare(name, was, is string) {
	if was == is {
		return
	}
	d.names = append(d.names, name)
	if was != "" {
		d.lines = append(d.lines, views.DiffLine{Sign: "-", Text: was})
	}
	if is != "" {
		d.lines = append(d.lines, views.DiffLine{Sign: "+", Text: is})
	}
}

// compareWords compares a field whose lines need its name.
func (d *versionDiff) compareWords(name, was, is string) {
	d.compare(name, name+": "+was, name+": "+is)
}

// compareHeaders names the headers that differ; a value that changed says so, because it cannot be shown.
func (d *versionDiff) compareHeaders(before, after []store.Header) {
	for _, h := range before {
		if findHeader(after, h.Name) == nil {
			d.compare(h.Name, h.Name+": "+event.Mask, "")
		}
	}
	for _, h := range after {
		switch was := findHeader(before, h.Name); {
		case was == nil:
			d.compare(h.Name, "", h.Name+": "+event.Mask)
		case was.Value != h.Value:
			d.compare(h.Name, h.Name+": "+event.Mask, h.Name+": "+event.Mask+" (new value)")
		}
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func eventWords(names []string) string {
	if len(names) == 0 {
		return "all"
	}
	return strings.Join(names, ", ")
}

// webhookRestore restores the settings of a version.
func (a *app) webhookRestore(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(c.Param("version"), 10, 64)
	if err != nil {
		return notFound("version")
	}
	ctx := c.Request().Context()
	before, err := a.Store.Webhook(ctx, webhookOf(c, bot.ID))
	if err != nil {
		return fmt.Errorf("read what is to be replaced: %w", err)
	}
	now, err := a.Store.RestoreWebhook(ctx, webhookOf(c, bot.ID), version, actorOf(c))
	if err != nil {
		return fmt.Errorf("restore webhook: %w", err)
	}
	undo := ""
	// What nothing was sent with leaves the history with the next change, and so does its way back.
	if _, err := a.Store.WebhookVersion(ctx, webhookOf(c, bot.ID), before.Version); err == nil && now.Version != before.Version {
		undo = webhookURL(c, bot.ID, "settings/history/"+strconv.FormatInt(before.Version, 10)+"/restore")
	}
	if err := a.sayUndo(c, ui.OK, "Version "+c.Param("version")+" restored.", undo); err != nil {
		return err
	}
	return seeOther(c, webhookURL(c, bot.ID, "settings/marketing?saved=1"))
}
