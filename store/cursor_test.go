package store

import (
	"encoding/base64"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestBackBeginsWithTheRowThatACursorBeginsAfter(t *testing.T) {
	for id, c := range map[string]struct{ older, newer string }{
		"00000000-0000-0000-0000-000000000100": {"00000000-0000-0000-0000-0000000000ff", "00000000-0000-0000-0000-000000000101"},
		"00000000-0000-0000-0000-0000000000ff": {"00000000-0000-0000-0000-0000000000fe", "00000000-0000-0000-0000-000000000100"},
		"00000000-0000-0000-0001-000000000000": {"00000000-0000-0000-0000-ffffffffffff", "00000000-0000-0000-0001-000000000001"},
	} {
		older := Cursor{ID: uuid.MustParse(id)}
		require.Equal(t, Cursor{ID: uuid.MustParse(c.older), Newer: true}, older.Back())
		newer := Cursor{ID: uuid.MustParse(id), Newer: true}
		require.Equal(t, Cursor{ID: uuid.MustParse(c.newer)}, newer.Back())
		require.Equal(t, older, older.Back().Back())
	}
}

// FuzzParseCursor: whatever text comes, it is a place in the list, written the one way, or refused.
func FuzzParseCursor(f *testing.F) {
	id := uuid.MustParse("0195e4a0-1234-7000-8000-00000000aaaa")
	for _, text := range []string{
		"", Cursor{ID: id}.String(), Cursor{ID: id, Newer: true}.String(), "bm9uc2Vuc2U", "%", "o", "b\n",
		base64.RawURLEncoding.EncodeToString(append([]byte{'x'}, id[:]...)), Cursor{ID: id}.String() + "A", Cursor{ID: id}.String() + "\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok, err := ParseCursor(text)
		if err != nil {
			require.ErrorIs(t, err, ErrBadCursor)
			require.False(t, ok)
			return
		}
		require.Equal(t, text != "", ok)
		if ok {
			require.Equal(t, text, c.String())
		}
	})
}
