package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// inView is whether all of an element can be seen.
func inView(selector string) string {
	return `(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight; })(document.querySelector(` + quote(selector) + `))`
}

// sized gives the window a size.
func (p *page) sized(width, height int64) {
	p.t.Helper()
	p.do("sizing the window", chromedp.EmulateViewport(width, height))
}

// The answer is the most important moment of the product (B4): it is scrolled into view, wherever the button stood.
func TestTheAnswerOfATestIsInView(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/status/401")
	p.blur()
	p.says("All changes saved")
	for _, height := range []int64{420, 600, 900} {
		for _, width := range []int64{360, 1024, 1280} {
			p.sized(width, height)
			p.do("putting the button at the edge", chromedp.Evaluate[chromedp.Void](`
				document.getElementById('test-connection').scrollIntoView({block: 'end'}); document.getElementById('test-panel').replaceChildren()`))
			p.test("HTTP 401 · Authentication failed")
			p.until("the verdict in view", inView(".verdict"))
		}
	}
}

// "Enter a Webhook URL first" goes to the field even when that has the focus, and has been scrolled away (B4).
func TestAMissingURLIsGoneToThoughItHasTheFocus(t *testing.T) {
	t.Parallel()
	_, p := sharedSettings(t)
	p.sized(1024, 500)
	p.focused("Webhook URL")
	p.do("scrolling away", chromedp.Evaluate[chromedp.Void](`scrollTo(0, document.body.scrollHeight)`))
	p.until("the field out of view", `!`+inView("#webhook-url"))
	p.do("pressing", chromedp.Evaluate[chromedp.Void](`document.getElementById('test-connection').click()`))
	p.sees("Enter a Webhook URL first")
	p.focused("Webhook URL")
	p.until("the field in view", inView("#webhook-url"))
}

// The last answer is there after a reload, with the one before it (M16); what has changed since makes it grey.
func TestTheLastTestIsKept(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/status/401")
	p.test("HTTP 401 · Authentication failed")
	p.do("loading again", chromedp.Reload())
	p.sees("HTTP 401 · Authentication failed")
	p.sees("current settings")
	p.press(button, "Add an Authorization header")
	p.keys("Bearer x")
	p.until("grey", `document.querySelector('.result').classList.contains('old')`)
	p.sees("Settings changed since this test")
	p.blur()
	p.says("All changes saved")
	p.do("loading again", chromedp.Reload())
	p.sees("Settings changed since this test")
	p.until("still grey", `document.querySelector('.result').classList.contains('old')`)
	p.inspect("test-old")
	p.fill("Webhook URL", h.Test+"/hook")
	p.test("Your endpoint accepted the test")
	p.sees("The test before, today")
	p.sees(", got HTTP 401.")
	p.do("loading again", chromedp.Reload())
	p.sees("Your endpoint accepted the test")
	p.sees(", got HTTP 401.")
	p.until("not grey", `!document.querySelector('.result').classList.contains('old')`)
}

// Cancel takes the place of the button: nothing moves when a test begins (P5), and a double click is one test.
func TestCancelTakesThePlaceOfTheButton(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.fill("Webhook URL", r.URL)
	p.blur()
	p.says("All changes saved")
	release := r.holdAnswers()
	const rect = `(r => [r.x, r.y, r.width, r.height].map(Math.round).join())`
	was, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](rect+`(document.getElementById('test-connection').getBoundingClientRect())`))
	require.NoError(t, err)
	p.do("double clicking", chromedp.DoubleClick("#test-connection", chromedp.NodeVisible))
	p.sees("Sending one test event…")
	await(t, r.came)
	is, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](rect+`(document.getElementById('cancel-test').getBoundingClientRect())`))
	require.NoError(t, err)
	require.Equal(t, was, is)
	release()
	p.sees("Your endpoint accepted the test")
	require.Len(t, r.all(), 1)
}

// A marketer gets from a new bot to a delivered lead without a terminal.
func TestTheStepsLeadToAFirstLeadWithoutATerminal(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.sees("From here to your first lead 0 of 4 done")
	p.press("radio", "Make")
	p.sees("Press Copy address to clipboard and paste it below.")
	p.until("the shape of its address", `document.getElementById('webhook-url').placeholder.startsWith('https://hook.')`)
	p.inspect("settings-first")
	p.fill("Webhook URL", r.URL)
	p.blur()
	p.sees("1 of 4 done")
	p.test("Your endpoint accepted the test")
	p.sees("2 of 4 done")
	p.press(toggle, "Webhook")
	p.sees("3 of 4 done")
	p.press(button, "Send a sample lead now")
	p.sees("your CRM will create a contact")
	p.inspect("sample-question")
	p.do("pressing Send sample lead twice at once", chromedp.Evaluate[chromedp.Void](
		`for (const form of Array(2).fill(document.querySelector('#sample-ask form'))) form.requestSubmit()`))
	p.sees("Sample lead sent.")
	p.sees("4 of 4 done")
	p.until("its row", `/Sample/.test(document.getElementById('recent').textContent)`)
	sent := r.all()
	require.Len(t, sent, 2, "pressed twice, sent once")
	require.Empty(t, sent[1].header.Get("X-IoZen-Test"), "it is real")
	require.True(t, strings.HasPrefix(sent[1].header.Get("X-IoZen-Event-Id"), "sample_"))

	p.do("loading again", chromedp.Reload())
	p.sees("100 % in 24 h")
	p.until("the steps gone", `!document.querySelector('.steps') && !document.querySelector('.picker')`)
	p.sized(1280, 800)
	p.do("looking at the top", chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`))
	for _, part := range []string{"#webhook-enabled", "#webhook-url", "#custom-headers", "#test-connection", ".verdict"} {
		p.until(part+" above the fold", inView(part))
	}
	for width, columns := range map[int64]string{1149: "1", 1151: "2"} {
		p.sized(width, 800)
		p.until("columns", `getComputedStyle(document.querySelector('.cols')).gridTemplateColumns.split(' ').length === `+columns)
	}
	p.inspect("settings-delivering")
}
