package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// readCopy reads what a form asks to be copied where.
func readCopy(from store.Webhook, form url.Values) (asked store.WebhookCopy, err error) {
	asked.From = from.WebhookID
	for _, text := range form["to"] {
		to, ok := readCopyRef(text)
		if !ok {
			return asked, badForm("There is no such endpoint.")
		}
		if !slices.ContainsFunc(asked.To, func(t store.CopyTarget) bool { return t.WebhookID == to.WebhookID }) {
			asked.To = append(asked.To, to)
		}
	}
	for _, g := range store.CopyGroups() {
		if slices.Contains(form["what"], string(g)) {
			asked.Groups = append(asked.Groups, g)
		}
	}
	return asked, nil
}

// copyPreview shows what a copy would change in each endpoint, and lets a person choose what is copied.
func (a *app) copyPreview(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	form := c.QueryParams()
	if len(form) == 0 { // nobody pressed Preview
		return seeOther(c, copyURL(w.WebhookID, nil))
	}
	asked, err := readCopy(w, form)
	if err != nil {
		return err
	}
	if form.Get("chosen") == "" {
		asked.Groups = w.OwnGroups()
	}
	switch n := len(asked.To); {
	case n == 0:
		return a.renderCopy(c, http.StatusUnprocessableEntity, bot, w, "Choose at least one endpoint.")
	case n > store.MaxCopyTargets:
		return a.renderCopy(c, http.StatusUnprocessableEntity, bot, w, "Choose "+strconv.Itoa(store.MaxCopyTargets)+" endpoints at most. Copy to the others afterwards.")
	}
	return a.renderCopyPreview(c, http.StatusOK, bot, w, asked, "")
}

func (a *app) renderCopyPreview(c echo.Context, status int, bot store.Bot, w store.Webhook, asked store.WebhookCopy, problem string) error {
	asked.IfVersion = nil
	for i := range asked.To { // it is shown as it is now
		asked.To[i].IfVersion = nil
	}
	outcomes, err := a.Store.PreviewCopy(c.Request().Context(), asked)
	if err != nil {
		return fmt.Errorf("preview copy: %w", err)
	}
	names, err := a.copyNames(c.Request().Context(), outcomes)
	if err != nil {
		return err
	}
	source, err := a.endpointIn(c.Request().Context(), w.WebhookID)
	if err != nil {
		return err
	}
	page := views.CopyPreview{
		Page: a.botPage(c, bot.ID, bot.Name, "Copy settings"), WebhookRef: refOf(w.WebhookID), BotName: bot.Name,
		Source: source, URL: copyURL(w.WebhookID, nil), PreviewURL: refOf(w.WebhookID).At("settings/copy/preview"), BackURL: copyBack(w.WebhookID, asked.To, c.FormValue("into") != ""),
		Version: strconv.FormatInt(w.Version, 10), Into: c.FormValue("into") != "", Error: problem, Shown: groupList(asked.Groups),
	}
	for _, g := range store.CopyGroups() {
		page.Groups = append(page.Groups, views.CopyGroup{
			Name: string(g), Label: copyLabel(g), Words: copyWords(w, g), Ticked: slices.Contains(asked.Groups, g),
		})
	}
	for i, o := range outcomes {
		page.Targets = append(page.Targets, copyTargetRow(names[i], w, o))
	}
	return a.render(c, status, views.CopyPreviewPage(page))
}

// copyBack is the page where the copy was begun, with the same endpoints ticked.
func copyBack(from store.WebhookID, targets []store.CopyTarget, into bool) string {
	if into && len(targets) == 1 {
		return copyURL(targets[0].WebhookID, url.Values{"into": {"1"}})
	}
	query := url.Values{}
	for _, to := range targets {
		query.Add("to", copyRef(to.WebhookID))
	}
	return copyURL(from, query)
}

// copyNames are what the endpoints of outcomes are called.
func (a *app) copyNames(ctx context.Context, outcomes []store.CopyOutcome) ([]string, error) {
	names := make([]string, len(outcomes))
	for i, o := range outcomes {
		name, err := a.endpointIn(ctx, o.WebhookID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			name = "A deleted endpoint"
		case err != nil:
			return nil, err
		}
		names[i] = name
	}
	return names, nil
}

func copyTargetRow(name string, source store.Webhook, o store.CopyOutcome) views.CopyTarget {
	row := views.CopyTarget{Ref: copyRef(o.WebhookID), Name: name, URL: refOf(o.WebhookID).At("settings/marketing")}
	if o.Err != nil {
		row.Error = copyRefusal(o.Err)
		return row
	}
	row.Ref += "." + strconv.FormatInt(o.Before.Version, 10)
	row.On = o.Before.Enabled && o.Before.SwitchedOff == nil
	if len(o.Changed) > 0 {
		row.Title, row.Diff = historyDiff(versionOf(o.Before), versionOf(o.After.Webhook))
		row.Leak = copyLeak(o.After)
	}
	return row
}

// versionOf are settings in the form that the history compares.
func versionOf(w store.Webhook) store.WebhookVersion {
	return store.WebhookVersion{
		Enabled: w.Enabled, URL: w.URL, Headers: w.Headers, EventNames: w.EventNames, RateLimit: w.RateLimit, Set: w.Set,
	}
}

// copyLeak warns of header values that come to another host than they were typed for.
func copyLeak(saved store.SavedWebhook) string {
	if saved.LeakTo == "" {
		return ""
	}
	from := ""
	if saved.LeakFrom != "" {
		from = ", typed for " + saved.LeakFrom + ","
	}
	return strings.Join(saved.Leaked, ", ") + " (hidden)" + from + " will be sent to " + saved.LeakTo + "."
}

// copyRefusal words why an endpoint keeps its settings.
func copyRefusal(err error) string {
	switch {
	case errors.Is(err, store.ErrSourceChanged):
		return "The settings to be copied changed meanwhile. Look at the preview again."
	case errors.As(err, new(*store.StaleError)):
		return "Its settings changed meanwhile. Look at the preview again."
	case errors.Is(err, store.ErrNotFound):
		return "It was deleted."
	}
	return problemOf(err).Detail
}

func copyLabel(g store.CopyGroup) string {
	if g == store.CopyFormat {
		return "Format and Leave out"
	}
	return labelOf(store.Field(g))
}

// copyWords say what a group of settings is. Header values stay hidden.
func copyWords(w store.Webhook, g store.CopyGroup) string {
	switch g {
	case store.CopyURL:
		return cmp.Or(w.URL, "None")
	case store.CopyHeaders:
		if len(w.Headers) == 0 {
			return "None"
		}
		return strings.Join(headerNames(w.Headers), ", ") + " (with hidden values)"
	case store.CopyEvents:
		return cmp.Or(strings.Join(w.EventNames, ", "), "All")
	case store.CopyFilter:
		return onlyWhenWords(w.Filter)
	case store.CopyFormat:
		words := formatWords(w.Format)
		if len(w.LeaveOut) > 0 {
			words += "; leaves out " + leaveOutWords(w.LeaveOut)
		}
		return words
	case store.CopyConsent:
		return consentText(w.Consent)
	case store.CopySuccess:
		if w.Success.IsZero() {
			return "Any 2xx"
		}
		return successWords(w.Success)
	}
	if w.RateLimit == nil {
		return "None"
	}
	return limitWords(w.RateLimit)
}
