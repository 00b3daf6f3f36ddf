package mask

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bodies are 16 KiB each, as much as is kept of an answer.
var bodies = map[string]string{
	"short":   `{"ok":true}`,
	"header":  "application/json; charset=utf-8",
	"json":    repeated(`{"id":"evt_123","status":"accepted","message":"The event was taken","links":["https://example.com/e/123"]},`),
	"html":    repeated(`<p class="x">Hello &amp; welcome to the <a href="/thanks?x=1&amp;y=%20z">page</a> of the &quot;shop&quot;.</p>` + "\n"),
	"base64":  repeated(base64.StdEncoding.EncodeToString([]byte("The quick brown fox jumps over the lazy dog 0123"))),
	"hex":     repeated("deadbeef0123456789abcdef"),
	"percent": repeated("%3Cp%3E%26amp%3B%20"),
	"hostile": repeated(`\u0026amp;%2525=3D\\\/`),
	"letters": repeated("Größe übermäßig für Köln, çà et là "),
	"deep":    repeated(base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(base64.StdEncoding.EncodeToString([]byte(`\/%2F&#38;=3D abc`)), 20)))))),
}

func repeated(s string) string { return strings.Repeat(s, 16<<10/len(s)+1)[:16<<10] }

func benchMask() *Mask {
	values := []Value{
		{Text: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", Beginning: 12},
		{Text: "dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw==", Beginning: Shortest},
		{Text: "test-user:pa/3sword", Beginning: 11},
		{Text: "sk_live_51H8xY2eZvKYlo2C", Beginning: Shortest},
		{Text: "+49 30 555-0123", Number: true},
	}
	return New(stands, values...)
}

func BenchmarkMask(b *testing.B) {
	for name, body := range bodies {
		b.Run(name, func(b *testing.B) {
			m := benchMask()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				m.String(body)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		benchMask()
	}
}

// What is looked at is bounded, whatever the text is made of: no more than some times its own length, at each depth.
func TestTheWorkIsBounded(t *testing.T) {
	for name, body := range bodies {
		m := benchMask()
		f := finder{Mask: m}
		f.find(body)
		require.Less(t, f.looked, 2*mostWork*len(body)+8<<10, name)
	}
}
