package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// deliveryResend puts one delivery back into the queue and returns to the page of the button.
func (a *app) deliveryResend(c echo.Context) error {
	d, err := a.delivery(c)
	if err != nil {
		return err
	}
	resend := a.Store.Resend
	if c.FormValue("anyway") == "yes" {
		resend = a.Store.ResendAnyway
	}
	if _, err := resend(c.Request().Context(), d.BotID, d.ID, actorOf(c)); err != nil {
		return fmt.Errorf("resend delivery %s: %w", d.ID, err)
	}
	here := nextOr(c, "/deliveries/"+d.ID.String())
	said, undo := d.EventName+" is being sent.", undoDelivery(d.ID, here)
	if asksForFragment(c.Request()) { // the drawer stays, and shows it
		return a.render(c, http.StatusOK, views.SaidNow(views.Said{Kind: ui.OK, Text: said, Undo: undo}))
	}
	if err := a.sayUndo(c, ui.OK, said, undo); err != nil {
		return err
	}
	return seeOther(c, here)
}

// delivery loads the delivery that the address names.
func (a *app) delivery(c echo.Context) (store.Delivery, error) {
	id, err := idParam(c, "delivery")
	if err != nil {
		return store.Delivery{}, err
	}
	d, err := a.Store.Delivery(c.Request().Context(), id)
	if err != nil {
		return store.Delivery{}, fmt.Errorf("load delivery %s: %w", id, err)
	}
	return d, nil
}
