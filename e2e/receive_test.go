package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// startReceive runs "iozen receive" in a process of its own, and returns its address.
func startReceive(t *testing.T, env ...string) string {
	t.Helper()
	cmd := exec.Command(binary, "receive", "--addr", "127.0.0.1:0")
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	said, err := lines.ReadString('\n')
	require.NoError(t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(said), "Test endpoint: ")
	require.True(t, ok, said)
	read := make(chan struct{})
	go func() { // the endpoint never waits for us
		defer close(read)
		_, _ = io.Copy(io.Discard, lines)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})
	return address
}

func TestTheTestEndpointShowsWhatArrivesAndWhetherItIsSigned(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.press(link, "Developer")
	p.press(button, "Reveal")
	endpoint := startReceive(t, "IOZEN_RECEIVE_SECRET="+p.secretShown("secret-current"))
	p.press(link, "Marketing & Attribution")

	seen := h.newPage()
	seen.do("opening the test endpoint", chromedp.Navigate(endpoint))
	seen.sees("Nothing has arrived yet.")
	p.fill("Webhook URL", endpoint+"/status/401")
	p.test("HTTP 401 · Authentication failed")
	seen.says("1 received since the start") // without a reload
	seen.sees("POST /status/401")
	seen.sees("answered 401")
	seen.sees("✓ signature valid")
	seen.inspect("receive")

	seen.press(button, "Pause")
	p.fill("Webhook URL", endpoint+"/hook")
	p.test("Your endpoint accepted the test")
	seen.press(button, "Go on")
	seen.says("2 received since the start")

	seen.do("opening a fault in the browser", chromedp.Navigate(endpoint+"/status/401"))
	seen.sees("This address is for POST")
	seen.inspect("receive-explained")
}

func TestTheTestEndpointRefusesASecretThatIsNone(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(binary, "receive", "--addr", "127.0.0.1:0")
	cmd.Env = []string{"IOZEN_RECEIVE_SECRET=hunter2"}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode())
	require.Contains(t, string(out), "IOZEN_RECEIVE_SECRET")
	require.NotContains(t, string(out), "hunter2")
}
