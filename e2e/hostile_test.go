package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// attack runs a script wherever it is put into a page unescaped; each would open a dialog.
const attack = `xss'"--></title></textarea></script><img src=x onerror=alert(1)><script>alert(2)</script>`

// hostileEndpoint answers with the attack in its status text, headers and body.
func hostileEndpoint(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				fmt.Fprintf(conn, "HTTP/1.1 418 %s\r\nContent-Type: text/html\r\nX-Evil: %s\r\nConnection: close\r\n\r\n<title>%s</title>%s", attack, attack, attack, attack)
			}
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestNothingHostileRuns looks, in a browser, at every page that shows what others say. The page's own clean-up fails
// the test when a dialog opened or the console was not silent.
func TestNothingHostileRuns(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := call[struct{ ID string }](a, "POST", "/v1/bots", object{"name": attack}, http.StatusCreated).ID
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{
		"enabled": true, "url": hostileEndpoint(t) + "/" + url.PathEscape(attack),
		"headers": []object{{"name": "X-Evil", "value": attack}},
	}, http.StatusOK)
	delivery := call[accepted](a, "POST", "/v1/bots/"+bot+"/events", object{
		"event_name": "Lead", "event_id": strings.ReplaceAll(attack, " ", "/"), "source_url": "https://example.com/" + attack,
		"user_data":   object{"email": attack + "@example.com", "phone": attack, "first_name": attack, "external_id": attack},
		"custom_data": object{"content_name": attack, "utm_source": attack, attack: attack},
	}, http.StatusAccepted).Events[0].DeliveryID
	h.command("key", "create", "--name", attack, "--bot", bot)

	p.open("/deliveries/" + delivery)
	p.reloadUntil("418")
	p.press(button, "Reveal")
	p.sees("Personal data is shown")
	p.sees("<img src=x onerror=alert(1)>")
	for _, path := range []string{
		"/", "/deliveries", "/bots/" + bot + "/deliveries", "/bots/" + bot + "/settings/general", "/keys", "/accounts", "/account",
		"/deliveries?q=" + url.QueryEscape(attack),
	} {
		p.open(path)
	}
	p.open("/audit?account=" + url.QueryEscape(attack))
	p.sees("created the API key")
	p.open("/bots/" + bot + "/settings/marketing")
	p.press(button, "Test Connection")
	p.sees("HTTP 418")
}
