package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/store/text"
	"iozen/views"
	"iozen/views/ui"
)

// keysPage lists the API keys and makes new ones.
func (a *app) keysPage(c echo.Context) error {
	return a.renderKeys(c, http.StatusOK, views.KeysPage{Form: views.KeyForm{Role: string(store.RoleIngest)}})
}

// newKey is a key that was just made, for the page that shows it.
type newKey struct{ Name, Text string }

// renderKeys adds the list to the page, and a new key's text for as long as it can be seen.
func (a *app) renderKeys(c echo.Context, status int, page views.KeysPage) error {
	ctx := c.Request().Context()
	keys, err := a.Store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("list API keys: %w", err)
	}
	bots, err := a.Store.BotNames(ctx, store.BotFilter{Limit: store.MaxLimit})
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	page.Page = a.page(c, "API keys", "keys")
	var made newKey
	kept(c, views.ShownKey, &made)
	id, _, _ := auth.ParseAPIKey(made.Text)
	names := map[uuid.UUID]string{uuid.Nil: "All bots"}
	for _, b := range bots.Bots {
		names[b.ID] = b.Name
		page.Bots = append(page.Bots, views.BotChoice{ID: b.ID.String(), Name: b.Name})
	}
	actors := actorNamesOf(keys)
	for _, k := range keys {
		if k.ID == id && k.RevokedAt.IsZero() {
			page.NewName, page.NewText = made.Name, made.Text
		}
		page.Rows = append(page.Rows, keyRow(k, names, actors))
	}
	return a.render(c, status, views.Keys(page))
}

func keyRow(k store.Key, bots map[uuid.UUID]string, actors actorNames) views.KeyRow {
	bot, known := bots[k.BotID]
	if !known {
		bot = "Another bot"
	}
	return views.KeyRow{
		ID: k.ID.String(), Name: k.Name, Bot: bot, Role: string(k.Role), CreatedBy: actors.of(k.CreatedBy),
		CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt,
	}
}

func (a *app) keyCreate(c echo.Context) error {
	form := views.KeyForm{Name: strings.TrimSpace(c.FormValue("name")), BotID: c.FormValue("bot"), Role: c.FormValue("role")}
	key, problem := keyOfForm(form)
	var text string
	var err error
	if problem == "" {
		if text, err = a.createKey(c, key); errors.Is(err, store.ErrNotFound) {
			problem, err = "Choose a bot.", nil
		}
	}
	if problem != "" {
		form.Error = problem
		return a.renderKeys(c, http.StatusUnprocessableEntity, views.KeysPage{Form: form})
	}
	if err != nil {
		return err
	}
	if err := a.keep(c, views.ShownKey, newKey{key.Name, text}); err != nil {
		return err
	}
	return seeOther(c, "/keys")
}

// keyOfForm checks what was typed. Bots and roles are chosen from lists, so no browser sends other values, and these get a
// plain refusal.
func keyOfForm(form views.KeyForm) (key store.Key, problem string) {
	key.Role = store.Role(form.Role)
	if key.Name, problem = store.CheckName("key", form.Name); problem != "" {
		return key, problem
	}
	if key.Role != store.RoleIngest && rank[key.Role] == 0 {
		return key, "Choose a role."
	}
	if form.BotID != "" {
		id, ok := auth.ParseBotID(form.BotID)
		if !ok {
			return key, "Choose a bot."
		}
		key.BotID = id
	}
	return key, ""
}

// createKey stores a new key of the caller's and returns its text, which nobody can read again.
func (a *app) createKey(c echo.Context, key store.Key) (string, error) {
	key.CreatedBy = actorOf(c)
	key, text, err := auth.NewAPIKey(key, a.Now())
	if err != nil {
		return "", err
	}
	if err := a.Store.CreateKey(c.Request().Context(), key); err != nil {
		return "", fmt.Errorf("store API key: %w", err)
	}
	return text, nil
}

// botKeyCreate makes a key that may only post events of one bot, on the page that has the command to try it.
func (a *app) botKeyCreate(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	name := text.Clip(bot.Name, store.MaxName-1-len(" (events)")) + " (events)"
	text, err := a.createKey(c, store.Key{Name: name, Role: store.RoleIngest, BotID: bot.ID})
	if err != nil {
		return err
	}
	if err := a.keep(c, views.ShownOf(views.ShownBotKey, bot.ID.String()), newKey{name, text}); err != nil {
		return err
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusCreated, views.KeyOnce(name, text))
	}
	return seeOther(c, views.BotURL(bot.ID.String(), "keys"))
}

// botKeyPage shows the key that was just made for a bot; later there is nothing to see, and it leads to the settings.
func (a *app) botKeyPage(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	var made newKey
	if !kept(c, views.ShownOf(views.ShownBotKey, bot.ID.String()), &made) {
		return seeOther(c, views.BotURL(bot.ID.String(), "settings/marketing"))
	}
	return a.render(c, http.StatusOK, views.KeyCreated(a.botPage(c, bot.ID, bot.Name, "API key"), bot.ID.String(), made.Name, made.Text))
}

func (a *app) keyRevoke(c echo.Context) error {
	id, err := idParam(c, "API key")
	if err != nil {
		return err
	}
	if err := a.Store.RevokeKey(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	return a.sayAt(c, "/keys", ui.OK, "API key revoked.")
}
