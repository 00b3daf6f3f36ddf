package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestThePayloadIsShownForEachUsualEventAndReceiversForEachLanguage(t *testing.T) {
	t.Parallel()
	_, p := sharedSettings(t)
	p.fill("Custom Headers", "X-Api-Key: a-secret-value")
	p.blur()
	p.says("All changes saved")
	p.press(link, "Developer")

	p.has(tab, "Lead")
	p.sees(`"event_name": "Lead"`)
	p.sees("X-Api-Key: ••••••••")
	p.do("going to the tabs", chromedp.Focus("#example-Lead-tab", chromedp.NodeVisible))
	p.keys(kb.ArrowRight)
	p.sees(`"event_name": "FieldConversion"`)
	p.sees(`"content_name": "What is your email address?"`)
	p.until("one example at a time", `!document.body.innerText.includes('"event_name": "Lead",\n  "event_id"')`)
	p.do("opening the curl", chromedp.Click("#example-FieldConversion .more > summary", chromedp.NodeVisible))
	p.sees("HEADER_X_API_KEY='…' # the value of X-Api-Key")
	p.until("no secret in what is copied", `!document.getElementById('curl-FieldConversion').textContent.match(/a-secret-value|whsec_[A-Za-z0-9]/)`)

	for _, language := range []string{"Go", "Node", "Python", "PHP"} {
		p.do("choosing "+language, chromedp.Evaluate[chromedp.Void](
			`[...document.querySelectorAll('[role=tab]')].find(t => t.textContent.startsWith(`+quote(language)+`)).click()`))
		code, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](
			`[...document.querySelectorAll('[id^=receiver-][role=tabpanel]')].find(e => !e.hidden).querySelector('pre').textContent`))
		require.NoError(t, err)
		require.Contains(t, code, "WEBHOOK_SECRET", language)
	}
	p.inspect("payload")
}
