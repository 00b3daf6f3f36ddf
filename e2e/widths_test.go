package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// widths are the screens that people have, from the narrowest phone to a wide desk.
var widths = []int64{320, 360, 640, 768, 1024, 1280, 1440, 1920}

// hidesScript lists what an element does not show and gives no way to: text cut off without "…", content that sticks
// out of its box, and a box that scrolls but cannot be reached by the keyboard. The handles of a chart's brush stand out by design.
const hidesScript = `(() => {
	const shown = el => el.checkVisibility({visibilityProperty: true, opacityProperty: true});
	const unseen = style => style.clipPath !== 'none' || style.clip !== 'auto';
	const name = el => el.tagName.toLowerCase() + (el.id && '#' + el.id) + [...el.classList].map(c => '.' + c).join('') +
		' "' + el.innerText?.trim().slice(0, 40) + '"';
	const found = [];
	for (const el of document.querySelectorAll('body, body *')) {
		if (!el.clientWidth || !shown(el) || el.closest('svg, .plot')) continue;
		const style = getComputedStyle(el);
		if (style.display.startsWith('inline') && style.display === 'inline' || unseen(style) || unseen(getComputedStyle(el.parentElement))) continue;
		const wide = el.scrollWidth - el.clientWidth, high = el.scrollHeight - el.clientHeight;
		const scrolls = ['auto', 'scroll'].includes(style.overflowX);
		if (wide > 1 && !scrolls && style.textOverflow !== 'ellipsis' && !['INPUT', 'SELECT', 'TEXTAREA', 'PROGRESS'].includes(el.tagName)) found.push(wide + ' px too wide: ' + name(el));
		if (wide > 1 && scrolls && !el.matches('[tabindex="0"], textarea, nav, .sub') && !el.querySelector('a[href], button')) found.push('scrolls out of reach: ' + name(el));
		if (high > 1 && ['hidden', 'clip'].includes(style.overflowY) && style.webkitLineClamp === 'none') found.push(high + ' px too high: ' + name(el));
		if (wide > 1 && style.textOverflow === 'ellipsis' && !el.title && !el.closest('[title]')) found.push('cut, without its whole in a title: ' + name(el));
	}
	if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
	return found;
})()`

// longestNames is an installation whose names are all as long as they may be, with something on every page.
func longestNames(t *testing.T) (h *installation, p *page, screens []string) {
	h = startServer(t, "IOZEN_RETRY_SCHEDULE=1h,1h,1h,1h,2h,4h,8h,24h")
	owner := h.newAPI()
	name := strings.Repeat("Conservatory-and-window-replacement-", 3)[:100]
	bot := owner.newBot(name, h.Test+"/")
	call[object](owner, "PUT", "/v1/bots/"+bot+"/webhook", object{
		"enabled": true, "url": h.Test + "/status/401?" + strings.Repeat("hook-", 350),
		"headers":     []object{{"name": "X-" + strings.Repeat("Team", 40), "value": "sales"}, {"name": "Authorization", "value": "Bearer x"}},
		"event_names": []string{"Lead", strings.Repeat("FieldConversion", 5)[:64], "A"},
	}, http.StatusOK)
	spaced := owner.newBot(strings.Repeat("Kitchen planner ", 7)[:100], h.Test+"/status/200")
	delivery := owner.post(bot)
	for range 3 {
		call[object](owner, "POST", "/v1/bots/"+bot+"/events", object{
			"event_name": strings.Repeat("FieldConversion", 5)[:64], "event_id": strings.Repeat("event-", 20),
			"user_data":   object{"email": strings.Repeat("long", 15) + "@" + strings.Repeat("example", 8) + ".com", "external_id": strings.Repeat("id", 60)},
			"custom_data": object{"content_name": strings.Repeat("Content", 20), "utm_source": strings.Repeat("source", 20)},
		}, http.StatusAccepted)
		owner.post(bot)
		owner.post(spaced)
	}
	held := call[struct{ ID string }](owner, "POST", "/v1/bots", object{"name": "Newsletter"}, http.StatusCreated).ID
	owner.post(held)
	dead := owner.newBot("Nobody there", "http://"+freeAddress(t)+"/")
	call[object](owner, "POST", "/v1/bots/"+dead+"/webhook/test", nil, http.StatusOK)
	h.command("key", "create", "--name", name, "--bot", bot)
	maria := h.newPerson(strings.Repeat("m", 60) + "@" + strings.Repeat("acme", 15) + ".example")

	p = h.newPage()
	p.signIn(maria.email, maria.password)
	p.at("/")
	p.whole()
	p.reloadUntil("Newsletter", "HTTP 401")
	at := "/bots/" + bot
	return h, p, []string{
		"/", "/bots/new", at + "/settings/marketing", at + "/settings/developer", at + "/settings/history", at + "/settings/general", at + "/deliveries",
		at + "/deliveries/resend?status=retrying", "/deliveries/resend-selected?id=" + delivery,
		at + "/deliveries?status=failed&status=retrying", "/bots/" + held + "/deliveries", "/bots/" + held + "/settings/marketing",
		"/bots/" + dead + "/settings/marketing",
		"/deliveries", "/deliveries/" + delivery, "/keys", "/accounts", "/account", "/workspace", "/people", "/audit",
		"/help", "/help/export", "/help/webhooks", "/help/recipes", "/help/troubleshooting", "/help/api", "/help/shortcuts", "/find?q=con", "/nope",
	}
}

// TestNothingIsCutOff compares what every element of every page holds with what it shows, on every width, with names
// as long as they may be.
func TestNothingIsCutOff(t *testing.T) {
	t.Parallel()
	h, p, screens := longestNames(t)
	for _, screen := range screens {
		p.open(screen)
		p.whole()
		p.showsAllOf(screen)
	}
	p.open("/deliveries")
	p.do("opening a delivery beside the log", chromedp.Click("#rows a", chromedp.NodeVisible))
	p.until("the drawer", `document.querySelector('#drawer .say')`)
	p.showsAllOf("/deliveries/drawer")

	stranger := h.newPage()
	stranger.open("/signin?next=" + strings.Repeat("/deliveries", 20))
	stranger.showsAllOf("/signin")
	stranger.fill("Email", strings.Repeat("m", 60)+"@"+strings.Repeat("acme", 15)+".example")
	stranger.fill("Password", "wrong")
	stranger.press(button, "Sign in")
	stranger.sees("Wrong email or password.")
	stranger.showsAllOf("/signin/refused")

	newcomer := startServer(t).newPage()
	newcomer.open("/setup")
	newcomer.fill("Email", strings.Repeat("m", 300))
	newcomer.fill("Password", "password")
	newcomer.press(button, "Create account")
	newcomer.showsAllOf("/setup")
}

// showsAllOf looks at the present screen on every width.
func (p *page) showsAllOf(screen string) {
	p.t.Helper()
	for _, width := range widths {
		p.lookAt(look{"light", "light", width, "none", ""})
		p.keep("widths" + strings.NewReplacer("/", "-", "?", "-").Replace(shortened(screen)) + "-" + strconv.FormatInt(width, 10))
		hidden, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](hidesScript))
		require.NoError(p.t, err)
		if len(hidden) > 0 {
			p.t.Errorf("%s at %d px:\n  %s", screen, width, strings.Join(hidden, "\n  "))
		}
	}
}

// shortened leaves the ids out of an address.
func shortened(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) == 36 {
			parts[i] = "x"
		}
	}
	return strings.Join(parts, "/")
}
