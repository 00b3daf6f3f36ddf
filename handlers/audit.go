package handlers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// auditPage is the audit log: who did what, when, from where.
func (a *app) auditPage(c echo.Context) error {
	ctx, asked := c.Request().Context(), c.QueryParams()
	if hasEmpty(asked) {
		return seeOther(c, pageURL("/audit", asked, asked.Get("cursor")))
	}
	filter, problems := auditFilter(asked)
	found, err := a.Store.Audit(ctx, filter)
	if errors.Is(err, store.ErrBadCursor) {
		return seeOther(c, pageURL("/audit", asked, ""))
	}
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	page := views.AuditPage{Page: a.page(c, "Audit log", "audit"), Filter: auditForm(asked, problems)}
	if page.Filter.Bots, err = a.botOptions(ctx, asked.Get("bot")); err != nil {
		return err
	}
	if page.Rows, err = a.auditRows(ctx, found.Entries); err != nil {
		return err
	}
	page.CSVURL, page.NDJSONURL = exportURL(asked, "csv"), exportURL(asked, "ndjson")
	page.Pager = pagerOf("/audit", asked, found.Prev, found.Next)
	return a.render(c, http.StatusOK, views.Audit(page))
}

// auditControls are the parameters that filter the page.
var auditControls = []string{"account", "what", "bot", "from", "to", "zone"}

// auditFilter reads the filter of the address. A part that cannot be read is left out, and the page says so.
// Times are as a datetime-local box writes them, in the address's zone.
func auditFilter(asked url.Values) (store.AuditFilter, []FieldError) {
	values := maps.Clone(asked)
	r := queryReader{values: values, problems: boxTimes(values, "from", "to")}
	f := store.AuditFilter{
		Account: r.text("account", maxTerm), BotID: r.bot("bot"), From: r.time("from"), To: r.time("to"), Cursor: r.text("cursor", maxTerm),
	}
	if group := r.text("what", maxTerm); group != "" {
		if f.Actions = actsOf(group); len(f.Actions) == 0 {
			r.refuse("what", "must be one of the list")
		}
	}
	return f, r.problems
}

func (r *queryReader) bot(name string) uuid.UUID {
	text := r.text(name, maxTerm)
	id, err := uuid.Parse(text)
	if err != nil && text != "" {
		r.refuse(name, "must be a bot")
	}
	return id
}

func auditForm(asked url.Values, problems []FieldError) views.AuditFilter {
	f := views.AuditFilter{
		Account: asked.Get("account"), What: asked.Get("what"), Bot: asked.Get("bot"),
		Times: filterTimes(asked), Problems: problemWords(problems),
		Whats: withChosen([]ui.Option{{Value: "", Text: "Anything"}}, actGroups, asked.Get("what")),
	}
	f.Active = slices.ContainsFunc(auditControls, func(name string) bool { return name != "zone" && asked.Get(name) != "" })
	return f
}

// botOptions are the bots to choose from, and the chosen one if it is no longer among them.
func (a *app) botOptions(ctx context.Context, chosen string) ([]ui.Option, error) {
	bots, err := a.Store.BotNames(ctx, store.BotFilter{Limit: 200})
	if err != nil {
		return nil, fmt.Errorf("list bots: %w", err)
	}
	options := []ui.Option{{Value: "", Text: "Any bot"}}
	for _, b := range bots.Bots {
		options = append(options, ui.Option{Value: b.ID.String(), Text: b.Name})
	}
	return withChosen(options, nil, chosen), nil
}

// auditRows words the entries. A deleted bot is named by its id.
func (a *app) auditRows(ctx context.Context, entries []store.AuditEntry) ([]views.AuditRow, error) {
	actors, err := a.actorNames(ctx)
	if err != nil {
		return nil, err
	}
	names, endpoints := map[uuid.UUID]string{uuid.Nil: ""}, a.everyEndpointOnce(ctx)
	var rows []views.AuditRow
	for _, e := range entries {
		if _, known := names[e.BotID]; !known {
			bot, err := a.Store.Bot(ctx, e.BotID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("load bot: %w", err)
			}
			names[e.BotID] = bot.Name
		}
		row := views.AuditRow{At: e.At, Who: actors.of(e.By), What: actWords(e), Bot: names[e.BotID], IP: e.By.IP}
		if names[e.BotID] != "" && e.Action == "webhook.change" {
			row.HistoryURL = refOf(store.WebhookID{BotID: e.BotID, N: e.N}).At("settings/history")
		}
		if e.BotID != uuid.Nil && row.Bot == "" {
			row.Bot = shortID(e.BotID.String())
		}
		if e.N > 0 {
			of, err := endpoints(e.BotID)
			if err != nil {
				return nil, err
			}
			row.Endpoint = endpointOf(of, e.N)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
