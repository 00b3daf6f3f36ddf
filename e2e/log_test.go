package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestTheLogShowsWhatWasSent looks at the log as somebody does who has just tested a webhook: one test that failed,
// one that passed; filtered, opened, revealed.
func TestTheLogShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.newPage()
	bot := p.startBot("Roofing quote bot")
	p.open(bot + "/deliveries")
	p.sees("No deliveries yet")
	p.press(button, "Create API key")
	p.until("the key in the command", `/Bearer iozen_/.test(document.getElementById('lead-curl').textContent)`)
	p.inspect("log-empty")

	p.press(link, "webhook settings")
	p.testAgainst(h.Test+"/status/401", "Authentication failed")
	p.testAgainst(h.Test+"/hook", "Your endpoint accepted the test")

	p.open("/deliveries")
	p.sees("Roofing quote bot")
	p.sees("Failed")
	p.sees("Delivered")
	p.inspect("log-all")
	p.press(link, "Intake bots")
	p.do("opening the bot", chromedp.Click(`.bots a[href="`+bot+`/deliveries"]`, chromedp.NodeVisible))
	p.at(bot + "/deliveries")
	p.inspect("log")

	p.open(bot + "/deliveries?status=failed&code=4xx")
	p.until("one row", `document.querySelectorAll('#rows tr').length === 1`)
	p.inspect("log-filtered")
	p.openRow("Failed")
	p.sees("Test Lead from Roofing quote bot was not delivered: your endpoint did not accept the credentials (HTTP 401).")
	p.sees("u•••@example.com")
	p.inspect("delivery-failed")
	p.press(button, "Reveal")
	p.sees("user@example.com")
	p.press(link, "Edit headers")
	p.at("/settings/marketing")

	p.open("/deliveries?q=nobody@example.com&code=9xx")
	p.sees("No matching deliveries")
	p.sees("it must be a status such as 401")
	p.inspect("log-nothing")
	p.press(link, "Clear filters")
	p.until("all rows", `document.querySelectorAll('#rows tr').length === 2`)
}

// startBot goes from an empty server to the settings of a new bot, and returns the bot's path.
func (p *page) startBot(name string) string {
	p.t.Helper()
	p.open("/")
	p.createAccount()
	p.press(link, "Create your first bot")
	p.fill("Name", name)
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	path, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("location.pathname"))
	require.NoError(p.t, err)
	return strings.TrimSuffix(path, "/settings/marketing")
}

// testAgainst tests the connection to an endpoint, and waits for what the page says about it.
func (p *page) testAgainst(url, says string) {
	p.t.Helper()
	p.fill("Webhook URL", url)
	p.press(button, "Test Connection")
	p.sees(says)
}
