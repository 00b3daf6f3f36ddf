package attempt

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"iozen/store"
)

const (
	readBody = 64 << 10 // read at most, then the connection is closed
	keepBody = 16 << 10
)

// readSome reads the body up to its bounds of size and time. A body that is not read to its end is closed, and its
// connection too.
func (c *Client) readSome(t *trace, resp *http.Response, cancel context.CancelFunc) ([]byte, error) {
	started := time.Now()
	defer func() { t.took(store.PhaseBody, time.Since(started)) }()
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}
	timer := time.AfterFunc(bodyBudget, cancel)
	defer timer.Stop()
	return readUpTo(resp.Body, resp.ContentLength)
}

// readUpTo reads at most readBody bytes. Once it has them, it stops without an error.
func readUpTo(r io.Reader, announced int64) ([]byte, error) {
	const first = 512
	size := int64(first)
	if announced >= 0 {
		size = announced + 1 // room to see the end without growing
	}
	buf := make([]byte, 0, min(size, readBody))
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, min(len(buf), readBody-len(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), readBody)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) == readBody, err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

// keptBody copies what the log keeps, so that the rest can be freed.
func keptBody(body []byte) []byte {
	if len(body) > keepBody {
		return bytes.Clone(body[:keepBody])
	}
	return body
}
