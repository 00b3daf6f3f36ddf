package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/views"
	"iozen/views/ui"
)

// endpointsOrder moves one of several webhooks by one place in the order in which people see them.
func (a *app) endpointsOrder(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	order, moved, err := movedOrder(c.FormValue("order"), c.FormValue("move"))
	if err != nil {
		return err
	}
	if err := a.Store.OrderWebhooks(c.Request().Context(), bot.ID, order, actorOf(c)); err != nil {
		return fmt.Errorf("order webhooks: %w", err)
	}
	if err := a.sayMoved(c, bot.ID, order, moved); err != nil {
		return err
	}
	page := nextOr(c, views.BotURL(bot.ID.String(), "settings/marketing"))
	return seeOther(c, page+"?moved="+url.QueryEscape(c.FormValue("move")))
}

// sayMoved says where the moved one stands now, for those who do not see the list.
func (a *app) sayMoved(c echo.Context, botID uuid.UUID, order []int, moved int) error {
	names, err := a.endpointNames(c.Request().Context(), botID)
	if err != nil {
		return err
	}
	return a.say(c, ui.OK, fmt.Sprintf("%s is now %d of %d.", endpointLabel(names, moved), slices.Index(order, moved)+1, len(order)))
}

// movedOrder is the order of a list of numbers ("1,2,3") after a move ("up-2") of one of them.
func movedOrder(list, move string) (order []int, moved int, err error) {
	refused := badForm("The form does not say which endpoint moves where.")
	for text := range strings.SplitSeq(list, ",") {
		n := webhookNumber(text)
		if n == 0 {
			return nil, 0, refused
		}
		order = append(order, n)
	}
	way, number, _ := strings.Cut(move, "-")
	moved = webhookNumber(number)
	from := slices.Index(order, moved)
	to := from + 1
	if way == views.MoveUp {
		to = from - 1
	}
	if from < 0 || way != views.MoveUp && way != views.MoveDown {
		return nil, 0, refused
	}
	if to >= 0 && to < len(order) {
		order[from], order[to] = order[to], order[from]
	}
	return order, moved, nil
}
