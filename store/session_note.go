package store

import (
	"maps"
	"time"
)

// SessionNote is what acts leave in a session's row for the pages after them: an act answers with a redirect, and the page
// that it leads to must know what was done. It is sealed in the database, and wiped when its time is over.
type SessionNote struct {
	Said  []Said           `json:"said,omitempty"`  // told on the next page, once
	Shown map[string]Shown `json:"shown,omitempty"` // secrets and the like, by what they are
}

// Said are words about an act that is over.
type Said struct {
	Kind string `json:"kind"`           // how it went, as pages name it
	Text string `json:"text"`           //
	Undo string `json:"undo,omitempty"` // the address that takes the act back, or ""
}

// Shown is a text that is shown until a moment, however often its page is loaded.
type Shown struct {
	Text  string    `json:"text"`
	Until time.Time `json:"until"`
}

const (
	// SessionNoteFor is how long a note waits for its page.
	SessionNoteFor = 10 * time.Minute
	// maxSaid and maxShown bound a note: a browser that never loads a page, or many reveals in a row.
	maxSaid, maxShown = 5, 20
)

// Say adds words for the next page; the oldest go when there are too many.
func (n *SessionNote) Say(s Said) {
	n.Said = append(n.Said, s)
	n.Said = n.Said[max(0, len(n.Said)-maxSaid):]
}

// Show keeps a text for its page, in place of what was kept there.
func (n *SessionNote) Show(what, text string, now time.Time) {
	if n.Shown == nil {
		n.Shown = map[string]Shown{}
	}
	n.Shown[what] = Shown{Text: text, Until: now.Add(SessionNoteFor)}
	for len(n.Shown) > maxShown {
		oldest := what
		for k, s := range n.Shown {
			if s.Until.Before(n.Shown[oldest].Until) || s.Until.Equal(n.Shown[oldest].Until) && k != what {
				oldest = k
			}
		}
		delete(n.Shown, oldest)
	}
}

// Hide forgets what is shown somewhere.
func (n *SessionNote) Hide(what string) { delete(n.Shown, what) }

// At is the note as it is at a moment: without what is over by then.
func (n SessionNote) At(now time.Time) SessionNote {
	n.Shown = maps.Clone(n.Shown)
	maps.DeleteFunc(n.Shown, func(_ string, s Shown) bool { return !now.Before(s.Until) })
	return n
}

// Until is when all of the note is over; zero when there is nothing in it.
func (n SessionNote) Until(now time.Time) (until time.Time) {
	if len(n.Said) > 0 {
		until = now.Add(SessionNoteFor)
	}
	for _, s := range n.Shown {
		if s.Until.After(until) {
			until = s.Until
		}
	}
	return until
}
