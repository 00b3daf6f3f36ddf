package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestHomeIsSearchedAndWalkedByKeyboard: "/" goes to the search, typing finds, the arrow keys walk the bots.
func TestHomeIsSearchedAndWalkedByKeyboard(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	owner := h.newAPI()
	for i := range 6 {
		owner.newBot(fmt.Sprintf("Quiz %d", i), h.Test+"/status/200")
	}
	busy := owner.newBot("Busy roofing bot", h.Test+"/status/200")
	owner.newBot("Quiet roofing bot", h.Test+"/status/200")
	owner.post(busy)
	p := h.asOwner()
	p.has(link, "New bot")
	p.until("the bot with traffic to stand first", `document.querySelector('.bots > a b').innerText === 'Busy roofing bot'`)
	p.keys("/")
	p.until("the focus to be in the search", `document.activeElement.type === 'search'`)
	p.keys(kb.Backspace + "ROOF") // the driver sends the character of a key that the page has taken, too
	p.until("only those to be shown", `document.querySelectorAll('.bots > a').length === 2 && document.activeElement.type === 'search' && location.search === '?q=ROOF'`)
	p.keys(kb.ArrowDown + kb.ArrowDown)
	p.until("the focus to be on the second bot", `document.activeElement.innerText.includes('Quiet roofing bot')`)
	p.keys(kb.ArrowUp + kb.Enter)
	p.at("/deliveries")
	p.sees("Busy roofing bot")
}

// TestADeletedBotComesBack: the toast says what was done and takes it back; without JavaScript the same words stand on the
// page.
func TestADeletedBotComesBack(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	bot := h.newAPI().newBot("Kitchen planner", h.Test+"/status/200")
	p := h.asOwner()
	p.has(link, "New bot")
	p.open("/bots/" + bot + "/settings/general")
	p.fill("Type the bot's name to delete it", "kitchen planner")
	p.press(button, "Delete bot")
	p.sees("Kitchen planner deleted.")
	p.until("the words to have moved into a toast", `document.querySelector('.toasts .toast') && !document.querySelector('[data-flash]')`)
	p.inspect("toast")
	p.press(button, "Undo")
	p.at("/bots/" + bot + "/deliveries")
	p.sees("Kitchen planner is back.")
	p.press(button, "Close")
	p.until("the toast to be gone", `!document.querySelector('.toast')`)
}
