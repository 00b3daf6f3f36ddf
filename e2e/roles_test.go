package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachRoleIsToldWhomToAsk walks the pages as somebody who may only look: nothing is offered that would be refused, and where
// something is missing the page says who can do it. An editor is offered it.
func TestEachRoleIsToldWhomToAsk(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/status/302")
	delivery := a.post(bot)
	a.haveFailed(bot, 1)
	webhook := func(enabled bool) {
		call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": enabled, "url": h.Test + "/status/302"}, http.StatusOK)
	}
	webhook(false)
	a.postMany(bot, 2)
	webhook(true)
	at := "/bots/" + bot
	screens := []struct{ path, forViewers, forEditors, button string }{
		{at + "/settings/marketing", "Ask an editor or owner to send or leave them.", "", "Send them"},
		{at + "/settings/marketing", "Ask an editor or owner to test the connection.", "Your CRM may create a contact.", "Test Connection"},
		{at + "/settings/marketing", "Only an editor or owner can change these settings", "Changes save automatically", ""},
		{at + "/settings/developer", "Ask an editor or owner to reveal or rotate it.", "", "Reveal"},
		{at + "/settings/general", "Only editors and owners can rename or delete a bot.", "", "Delete bot"},
		{at + "/deliveries", "Ask an editor or owner to send or leave them.", "", "Send them"},
		{"/deliveries/" + delivery, "Ask an editor or owner to resend it.", "was not delivered", "Resend"},
		{"/help/api", "Ask an owner for an API key", "Ask an owner for an API key", ""},
		{"/workspace", "", "", ""},
	}
	for role, editor := range map[string]bool{"viewer": false, "editor": true} {
		p := h.as(role)
		for _, s := range screens {
			p.open(s.path)
			p.whole()
			words := s.forViewers
			if editor {
				words = s.forEditors
			}
			p.sees(words)
			if s.button != "" {
				p.until(role+" to be offered "+s.button+" or not", `[...document.querySelectorAll('button')].some(b => b.innerText.trim() === `+quote(s.button)+` && b.checkVisibility() && !b.matches(':disabled')) === `+map[bool]string{true: "true", false: "false"}[editor])
			}
			p.keep(role + strings.ReplaceAll(shortened(s.path), "/", "-"))
		}
		p.open("/")
		require.Equal(t, editor, p.is(`[...document.querySelectorAll('a')].some(a => a.innerText.trim() === 'New bot')`))
		p.open(at + "/settings/marketing")
		p.inspect("settings-" + role)
		p.open("/accounts")
		p.sees("Only owners can see this page. You are")
	}
}
