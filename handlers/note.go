package handlers

import (
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// What an act leaves for the pages after it. Every act of a form ends in a redirect, so that a reload repeats nothing and
// every address can be opened. What it has to tell waits in the session's row meanwhile: words for the next page, once; and
// what is not to be seen again (a new key, an invitation's link, what was revealed) for store.SessionNoteFor.

// What is shown for a while has a name: those that a page can hide have them in views.
const (
	noteSetup       = "second factor"
	noteHeaders     = "headers"
	noteNotifyTests = "notification test"
)

// say leaves words for the next page.
func (a *app) say(c echo.Context, kind ui.Kind, text string) error {
	return a.sayUndo(c, kind, text, "")
}

// sayAt leads to a page, which says it.
func (a *app) sayAt(c echo.Context, page string, kind ui.Kind, text string) error {
	if err := a.say(c, kind, text); err != nil {
		return err
	}
	return seeOther(c, page)
}

// sayUndo is say with the address that takes the act back.
func (a *app) sayUndo(c echo.Context, kind ui.Kind, text, undo string) error {
	return a.sessions.ChangeNote(c.Request().Context(), func(n *store.SessionNote) {
		n.Say(store.Said{Kind: string(kind), Text: text, Undo: undo})
	})
}

// keep leaves something for its page, which may show it for a while.
func (a *app) keep(c echo.Context, what string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("keep %s: %w", what, err)
	}
	return a.sessions.ChangeNote(c.Request().Context(), func(n *store.SessionNote) { n.Show(what, string(text), a.Now()) })
}

// kept reads into value what an act has left for this page; false when there is nothing, or its time is over.
func kept(c echo.Context, what string, value any) bool {
	shown, ok := sessionOf(c).Note.Shown[what]
	if !ok || json.Unmarshal([]byte(shown.Text), value) != nil {
		return false
	}
	return true
}

// takeSaid takes the words that wait for a page. A script that asks for a part of one leaves them alone.
func (a *app) takeSaid(c echo.Context) (said []views.Said) {
	r := c.Request()
	mode := r.Header.Get("Sec-Fetch-Mode")
	waiting := sessionOf(c).Note.Said
	if len(waiting) == 0 || asksForFragment(r) || mode != "" && mode != "navigate" {
		return nil
	}
	for _, s := range waiting {
		said = append(said, views.Said{Kind: ui.Kind(s.Kind), Text: s.Text, Undo: s.Undo})
	}
	err := a.sessions.ChangeNote(r.Context(), func(n *store.SessionNote) { n.Said = nil })
	if err != nil { // they are said once more on the next page: no reason to refuse this one
		a.Log.WarnContext(r.Context(), "take what waits for the page", "error", err)
	}
	return said
}

// shownHide forgets what is shown, before its time is over, and leads back to the page.
func (a *app) shownHide(c echo.Context) error {
	what := c.FormValue("what")
	if err := a.sessions.ChangeNote(c.Request().Context(), func(n *store.SessionNote) { n.Hide(what) }); err != nil {
		return err
	}
	return a.backOr(c, "/")
}
