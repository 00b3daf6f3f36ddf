package attempt

import (
	"net/http"
	"slices"
	"strings"

	"iozen/store"
	"iozen/store/event"
)

const (
	keepHeaders = 16 << 10
	keepNumber  = 100
)

// keptHeaders are the answer's headers by name, bounded, secrets masked.
func keptHeaders(h http.Header, secrets secrets) []store.Header {
	kept := make([]store.Header, 0, min(len(h), keepNumber))
	size := 0
	for _, n := range firstNames(h, keepNumber) {
		for _, v := range h[n] {
			if n == "Set-Cookie" {
				name, _, _ := strings.Cut(v, "=")
				v = name + "=" + event.Mask
			}
			name, v := secrets.mask(n), secrets.mask(v)
			if size += len(name) + len(v); size > keepHeaders || len(kept) == keepNumber {
				return kept
			}
			kept = append(kept, store.Header{Name: name, Value: v})
		}
	}
	return kept
}

// firstNames are the first n names in order; an answer may have thousands.
func firstNames(h http.Header, n int) []string {
	names := make([]string, 0, min(len(h), n)+1)
	for name := range h {
		at, _ := slices.BinarySearch(names, name)
		if at < n {
			names = slices.Insert(names, at, name)
			names = names[:min(len(names), n)]
		}
	}
	return names
}
