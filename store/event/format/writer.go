package format

import (
	"encoding/json"

	"iozen/store/strictjson"
)

// writer writes a JSON object key by key, in the order in which the keys come, with the digits of numbers as they are.
type writer struct{ buf []byte }

func newWriter() *writer { return &writer{append(make([]byte, 0, 1<<10), '{')} }

func (w *writer) size() int { return len(w.buf) }

func (w *writer) end() []byte { return append(w.buf, '}') }

func (w *writer) key(name string) {
	if last := w.buf[len(w.buf)-1]; last != '{' && last != '[' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(strictjson.AppendString(w.buf, name), ':')
}

func (w *writer) raw(name string, value json.RawMessage) {
	w.key(name)
	w.buf = append(w.buf, value...)
}

func (w *writer) text(name, value string) {
	w.key(name)
	w.buf = strictjson.AppendString(w.buf, value)
}

// object writes a nested object.
func (w *writer) object(name string, fill func()) {
	w.key(name)
	w.buf = append(w.buf, '{')
	fill()
	w.buf = append(w.buf, '}')
}
