package db

import (
	"encoding/base64"

	"github.com/google/uuid"

	"iozen/store"
)

const (
	defaultLimit = 50
	// MaxLimit is how many entries one page of any list holds at most.
	MaxLimit = 200
)

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, MaxLimit)
}

// cursor is a place in a list that is ordered by id, newest first, and the direction to read from it.
type cursor struct {
	id    uuid.UUID
	newer bool // towards newer rows
}

func (c cursor) String() string {
	direction := byte('o')
	if c.newer {
		direction = 'n'
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte{direction}, c.id[:]...))
}

// back is the cursor of the page that led here: it begins with the row that this one begins after.
func (c cursor) back() cursor {
	step := byte(1) // to include that row: towards older ones from the next id, towards newer ones from the one before
	if !c.newer {
		step = 0xff
	}
	c.newer = !c.newer
	for i := len(c.id) - 1; i >= 0; i-- {
		c.id[i] += step
		if carried := c.id[i] == 0 && step == 1 || c.id[i] == 0xff && step == 0xff; !carried {
			break
		}
	}
	return c
}

// parseCursor reads what String wrote; "" is the list's beginning (ok false).
func parseCursor(text string) (c cursor, ok bool, err error) {
	if text == "" {
		return c, false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 17 {
		return c, false, store.ErrBadCursor
	}
	c = cursor{id: uuid.UUID(raw[1:]), newer: raw[0] == 'n'}
	if c.String() != text { // another direction, or written in another way
		return cursor{}, false, store.ErrBadCursor
	}
	return c, true, nil
}

// page cuts rows that were read with one row too many, in the cursor's direction, down to a page that
// is newest first, and makes the cursors to both sides.
func page[T any](rows []T, size int, at cursor, started bool, id func(T) uuid.UUID) (out []T, next, prev string) {
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	if at.newer {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	if len(rows) == 0 {
		return rows, "", ""
	}
	older := cursor{id: id(rows[len(rows)-1])}.String()
	newer := cursor{id: id(rows[0]), newer: true}.String()
	if at.newer {
		next = older // the reader came from there
		if more {
			prev = newer
		}
		return rows, next, prev
	}
	if more {
		next = older
	}
	if started {
		prev = newer
	}
	return rows, next, prev
}
