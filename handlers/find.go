package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// findBots is how many bots a search shows.
const findBots = 6

// findPage finds bots, pages and deliveries by what is typed: a page of its own, and what js/palette.js asks for. bot is whose
// page it was opened on.
func (a *app) findPage(c echo.Context) error {
	typed := strings.TrimSpace(c.QueryParam("q"))
	if len(typed) > maxTerm {
		typed = strings.ToValidUTF8(typed[:maxTerm], "")
	}
	groups, err := a.find(c.Request().Context(), typed, c.QueryParam("bot"), accountOf(c).Role)
	if err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.FindOptions(groups))
	}
	return a.render(c, http.StatusOK, views.FindPage(a.page(c, "Search", "find"), typed, groups))
}

func (a *app) find(ctx context.Context, typed, here string, role store.Role) (groups []views.FindGroup, err error) {
	add := func(title string, items []views.FindItem) {
		if len(items) > 0 {
			groups = append(groups, views.FindGroup{Title: title, Items: items})
		}
	}
	if typed == "" {
		items, err := a.botItemsByID(ctx, here, role)
		if err != nil {
			return nil, err
		}
		add("This bot", items)
	}
	byID, err := a.findID(ctx, typed, role)
	if err != nil {
		return nil, err
	}
	add("Found by its ID", byID)
	bots, err := a.findBots(ctx, typed, role)
	if err != nil {
		return nil, err
	}
	add("Bots", bots)
	add("Pages", findPages(typed, role))
	if typed != "" {
		add("Deliveries", []views.FindItem{{
			Text: "Search deliveries for “" + typed + "”", More: "Needs the complete email, phone or ID",
			URL: "/deliveries?" + url.Values{"q": {typed}}.Encode(), Icon: "search",
		}})
	}
	return groups, nil
}

// findID finds what has exactly this id: a delivery, or a bot. Whatever else has an id is found by searching the log.
func (a *app) findID(ctx context.Context, typed string, role store.Role) ([]views.FindItem, error) {
	id, err := uuid.Parse(typed)
	if err != nil {
		return nil, nil
	}
	d, err := a.Store.Delivery(ctx, id)
	if err == nil {
		return []views.FindItem{{Text: d.EventName, More: d.BotName, URL: "/deliveries/" + d.ID.String(), Icon: "send"}}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("find delivery: %w", err)
	}
	return a.botItemsByID(ctx, typed, role)
}

// botItemsByID are the pages of the bot with an id, if there is one.
func (a *app) botItemsByID(ctx context.Context, text string, role store.Role) ([]views.FindItem, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, nil
	}
	bot, err := a.Store.Bot(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find bot: %w", err)
	}
	return a.botItems(ctx, bot, botPages, role)
}

// findBots finds bots by a part of their names, with the pages that are asked for beside it: "roof history".
func (a *app) findBots(ctx context.Context, typed string, role store.Role) (items []views.FindItem, err error) {
	name, pages := botAndPages(typed)
	found, err := a.Store.BotNames(ctx, store.BotFilter{Query: name, Limit: findBots})
	if err != nil {
		return nil, fmt.Errorf("find bots: %w", err)
	}
	for _, bot := range found.Bots {
		of, err := a.botItems(ctx, bot, pages, role)
		if err != nil {
			return nil, err
		}
		items = append(items, of...)
	}
	return items, nil
}

// foundPage is a page that can be found: by words of its name, or by others that people have for it.
type foundPage struct {
	text, url, icon, also string
	needs                 store.Role
}

// endpointPage is the page that is found once for each of several endpoints. It leads to their other pages.
const endpointPage = "settings/marketing"

var botPages = []foundPage{
	{"Deliveries", "deliveries", "list", "log", store.RoleViewer},
	{"Settings", endpointPage, "sliders-horizontal", "webhook url headers", store.RoleViewer},
	{"Developer", "settings/developer", "zap", "payload secret", store.RoleViewer},
	{"History", "settings/history", "clock", "versions restore", store.RoleViewer},
	{"Copy", "settings/copy", "copy", "duplicate template default", store.RoleEditor},
	{"General", "settings/general", "bot", "rename delete", store.RoleViewer},
}

// menuPages are the pages that belong to no bot, in the order of the menu.
var menuPages = []foundPage{
	{"Intake bots", "/", "bot", "home", store.RoleViewer},
	{"New bot", "/bots/new", "plus", "create", store.RoleEditor},
	{"Deliveries of all bots", "/deliveries", "list", "log events", store.RoleViewer},
	{"API keys", "/keys", "key-round", "tokens", store.RoleOwner},
	{"Accounts", "/accounts", "users", "people team invite roles", store.RoleOwner},
	{"Audit log", "/audit", "scroll-text", "who did what", store.RoleOwner},
	{"Workspace", "/workspace", "sliders-horizontal", "notifications retention settings", store.RoleViewer},
	{"Personal data", "/people", "users", "privacy gdpr erase export person", store.RoleEditor},
	{"Your account", "/account", "users", "password two-step sessions", store.RoleViewer},
	{"Help", "/help", "life-buoy", "", store.RoleViewer},
	{"Custom Webhooks", "/help/webhooks", "life-buoy", "help guide payload", store.RoleViewer},
	{"Recipes", "/help/recipes", "life-buoy", "help zapier make n8n hubspot sheets salesforce pipedrive", store.RoleViewer},
	{"Troubleshooting", "/help/troubleshooting", "life-buoy", "help errors", store.RoleViewer},
	{"Export of deliveries", "/help/export", "life-buoy", "help csv ndjson", store.RoleViewer},
	{"API reference", "/help/api", "life-buoy", "help openapi curl developer", store.RoleViewer},
	{"Keyboard shortcuts", "/help/shortcuts", "life-buoy", "help keys", store.RoleViewer},
}

// botItems are pages of one bot that a role may open.
func (a *app) botItems(ctx context.Context, bot store.Bot, pages []foundPage, role store.Role) (items []views.FindItem, err error) {
	names, err := a.endpointNames(ctx, bot.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		if !includes(role, p.needs) {
			continue
		}
		if len(names) < 2 || p.url != endpointPage {
			items = append(items, views.FindItem{Text: bot.Name, More: p.text, URL: views.BotURL(bot.ID.String(), p.url), Icon: p.icon})
			continue
		}
		for _, n := range names {
			at := refOf(store.WebhookID{BotID: bot.ID, N: n.N}).At(p.url)
			items = append(items, views.FindItem{Text: bot.Name + " · " + n.Label(), More: p.text, URL: at, Icon: p.icon})
		}
	}
	return items, nil
}

// botAndPages parts what is typed into the name of a bot and the pages that its last words name. Without any, those that people
// want most.
func botAndPages(typed string) (name string, pages []foundPage) {
	words := strings.Fields(typed)
	if len(words) > 1 {
		last := words[len(words)-1]
		for _, p := range botPages {
			if begins(p.text, last) {
				pages = append(pages, p)
			}
		}
	}
	if len(pages) == 0 {
		return typed, botPages[:2]
	}
	return strings.Join(words[:len(words)-1], " "), pages
}

// findPages are the pages that a role may open and that every typed word belongs to.
func findPages(typed string, role store.Role) (items []views.FindItem) {
	words := strings.Fields(typed)
	for _, p := range menuPages {
		named := func(word string) bool { return begins(p.text+" "+p.also, word) }
		if includes(role, p.needs) && !slices.ContainsFunc(words, func(word string) bool { return !named(word) }) {
			items = append(items, views.FindItem{Text: p.text, URL: p.url, Icon: p.icon})
		}
	}
	return items
}

// begins says whether a word of a text begins so, whatever the case.
func begins(text, with string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(word string) bool { return strings.HasPrefix(word, strings.ToLower(with)) })
}
