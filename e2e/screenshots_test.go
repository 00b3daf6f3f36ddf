//go:build screenshots

package e2e

import (
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// mostPicture is how large a picture of the docs may be, in bytes.
const mostPicture = 200_000

// TestScreenshots takes the pictures of the docs: make screenshots. They show the real product, on sample data, at the addresses
// of make run.
func TestScreenshots(t *testing.T) {
	const endpoint = "127.0.0.1:8090"
	dir := t.TempDir()
	out, err := exec.Command("go", "run", "-tags", "netgo", "iozen/docs/sample", dir, "http://"+endpoint+"/hook").CombinedOutput()
	require.NoError(t, err, string(out))
	h := startIn(t, dir, binary, "IOZEN_ADDR=127.0.0.1:8080", "IOZEN_TEST_ENDPOINT="+endpoint)
	t.Cleanup(h.end)
	p := h.newPage()
	p.signedInAs(h.newPerson("maria@acme.example"))

	p.open("/")
	p.sees("Kitchen planner")
	p.picture("home-dark", "dark")

	p.do("opening the bot", chromedp.Click(`.bots a:has(b[title="Roofing quote bot"])`, chromedp.NodeVisible))
	p.at("/deliveries")
	p.picture("deliveries", "light")
	p.press(link, "Settings")
	p.test("Your endpoint accepted the test")
	p.do("going to the top", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur(); scrollTo(0, 0)"))
	p.picture("settings", "light")
}

// picture writes what is in the window to a file of the docs.
func (p *page) picture(name, scheme string) {
	p.t.Helper()
	p.lookAt(look{scheme, scheme, wide, "none", ""})
	p.sized(wide, 800)
	p.until("the page to be live", "document.readyState === 'complete' && document.querySelector('.dot.live')")
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	require.Less(p.t, len(picture), mostPicture, name)
	require.NoError(p.t, os.WriteFile("../docs/"+name+".png", picture, 0o644))
}
