package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	saving "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// download presses Download and returns the file that the browser saves.
func (p *page) download() string {
	p.t.Helper()
	folder := p.t.TempDir()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	progress := chromedp.Events(ctx, saving.DownloadProgress)
	p.do("allowing downloads", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		yes := true
		_, err := chromedp.Call(ctx, saving.SetDownloadBehavior, saving.SetDownloadBehaviorParams{
			Behavior: saving.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: folder, EventsEnabled: &yes,
			BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
		})
		return err
	}))
	p.press(button, "Download")
	for e, err := range progress {
		require.NoError(p.t, err)
		if e.State == saving.DownloadProgressStateCompleted {
			content, err := os.ReadFile(filepath.Join(folder, e.GUID))
			require.NoError(p.t, err)
			return string(content)
		}
	}
	require.FailNow(p.t, "no download was completed")
	return ""
}

// TestTheLogIsExported downloads what a filter shows, masked and unmasked, with the browser's own download.
func TestTheLogIsExported(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	a.postMany(bot, 500)
	call[accepted](a, "POST", "/v1/bots/"+bot+"/events", object{"event_name": "Purchase", "user_data": object{"email": "jane@example.com"}}, 202)
	p.open("/bots/" + bot + "/deliveries")
	p.press(button, "Export")
	p.inspect("export")
	all := p.download()
	require.Equal(t, 1+501, strings.Count(all, "\n"))
	require.Contains(t, all, "j•••@example.com")

	p.open("/bots/" + bot + "/deliveries?event_name=Purchase")
	p.press(button, "Export")
	p.press("radio", "NDJSON, for programs, with the full payload")
	p.press("checkbox", "With personal data (recorded in the audit log)")
	one := p.download()
	require.Equal(t, 1, strings.Count(one, "\n"))
	require.Contains(t, one, `"email":"jane@example.com"`)

	p.open("/help/export")
	p.sees("Export of deliveries")
	p.inspect("help-export")
}
