package attempt

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/sendertest"
	"iozen/store"
)

// BenchmarkAttempt is one delivery to a fast endpoint on a kept connection. The endpoint allocates nothing, so that
// what is counted is ours and net/http's.
func BenchmarkAttempt(b *testing.B) {
	d := sendertest.Delivery()
	e := startEndpoint(b, answersQuickly(len(d.Payload)))
	c := NewClient(ClientConfig{Allow: sendertest.Allow(b, "127.0.0.1"), Version: "bench"})
	defer c.Close()
	w := sendertest.Webhook("http://"+e.Addr().String()+"/hook?token=abc",
		store.Header{Name: "Authorization", Value: "Bearer s3cret-token"}, store.Header{Name: "X-Team", Value: "growth"})
	require.Equal(b, 200, c.Attempt(b.Context(), w, d).StatusCode)
	b.ReportAllocs()
	for b.Loop() {
		if a := c.Attempt(b.Context(), w, d); a.StatusCode != 200 || a.Outcome != "" {
			b.Fatal(a.Outcome, a.Detail)
		}
	}
}

// answersQuickly answers every request with a body of size, out of one buffer.
func answersQuickly(size int) behaviour {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Wed, 25 Nov 2026 12:00:00 GMT\r\nContent-Length: 11\r\n\r\n{\"ok\":true}")
	return func(p *peer) {
		buf := make([]byte, 16<<10)
		for have := 0; ; {
			n, err := p.Conn.Read(buf[have:])
			if err != nil {
				return
			}
			have += n
			if end := bytes.Index(buf[:have], []byte("\r\n\r\n")); end >= 0 && have == end+4+size {
				have = 0
				if !p.send(answer) {
					return
				}
			}
		}
	}
}
