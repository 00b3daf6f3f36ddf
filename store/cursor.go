package store

import (
	"encoding/base64"

	"github.com/google/uuid"
)

const (
	defaultLimit = 50
	// MaxLimit is how many entries one page of any list holds at most.
	MaxLimit = 200
)

// PageSize is how many entries a page holds that asked for limit of them; 0 asks for the usual number.
func PageSize(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, MaxLimit)
}

// Cursor is a place in a list that is ordered by id, newest first, and the direction to read from it.
type Cursor struct {
	ID    uuid.UUID
	Newer bool // towards newer rows
}

func (c Cursor) String() string {
	direction := byte('o')
	if c.Newer {
		direction = 'n'
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte{direction}, c.ID[:]...))
}

// Back is the cursor of the page that led here: it begins with the row that this one begins after.
func (c Cursor) Back() Cursor {
	step := byte(1) // to include that row: towards older ones from the next id, towards newer ones from the one before
	if !c.Newer {
		step = 0xff
	}
	c.Newer = !c.Newer
	for i := len(c.ID) - 1; i >= 0; i-- {
		c.ID[i] += step
		if carried := c.ID[i] == 0 && step == 1 || c.ID[i] == 0xff && step == 0xff; !carried {
			break
		}
	}
	return c
}

// ParseCursor reads what String wrote; "" is the list's beginning (ok false).
func ParseCursor(text string) (c Cursor, ok bool, err error) {
	if text == "" {
		return c, false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 17 {
		return c, false, ErrBadCursor
	}
	c = Cursor{ID: uuid.UUID(raw[1:]), Newer: raw[0] == 'n'}
	if c.String() != text { // another direction, or written in another way
		return Cursor{}, false, ErrBadCursor
	}
	return c, true, nil
}

// Page cuts rows that were read with one row too many, in the cursor's direction, down to a page that
// is newest first, and makes the cursors to both sides.
func Page[T any](rows []T, size int, at Cursor, started bool, id func(T) uuid.UUID) (out []T, next, prev string) {
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	if at.Newer {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	if len(rows) == 0 {
		return rows, "", ""
	}
	older := Cursor{ID: id(rows[len(rows)-1])}.String()
	newer := Cursor{ID: id(rows[0]), Newer: true}.String()
	if at.Newer {
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
