package db

import (
	"encoding/base64"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestBackBeginsWithTheRowThatACursorBeginsAfter(t *testing.T) {
	for id, c := range map[string]struct{ older, newer string }{
		"00000000-0000-0000-0000-000000000100": {"00000000-0000-0000-0000-0000000000ff", "00000000-0000-0000-0000-000000000101"},
		"00000000-0000-0000-0000-0000000000ff": {"00000000-0000-0000-0000-0000000000fe", "00000000-0000-0000-0000-000000000100"},
		"00000000-0000-0000-0001-000000000000": {"00000000-0000-0000-0000-ffffffffffff", "00000000-0000-0000-0001-000000000001"},
	} {
		older := cursor{id: uuid.MustParse(id)}
		require.Equal(t, cursor{id: uuid.MustParse(c.older), newer: true}, older.back())
		newer := cursor{id: uuid.MustParse(id), newer: true}
		require.Equal(t, cursor{id: uuid.MustParse(c.newer)}, newer.back())
		require.Equal(t, older, older.back().back())
	}
}

// FuzzParseCursor: whatever text comes, it is a place in the list, written the one way, or refused.
func FuzzParseCursor(f *testing.F) {
	id := uuid.MustParse("0195e4a0-1234-7000-8000-00000000aaaa")
	for _, text := range []string{
		"", cursor{id: id}.String(), cursor{id: id, newer: true}.String(), "bm9uc2Vuc2U", "%", "o", "b\n",
		base64.RawURLEncoding.EncodeToString(append([]byte{'x'}, id[:]...)), cursor{id: id}.String() + "A", cursor{id: id}.String() + "\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok, err := parseCursor(text)
		if err != nil {
			require.ErrorIs(t, err, store.ErrBadCursor)
			require.False(t, ok)
			return
		}
		require.Equal(t, text != "", ok)
		if ok {
			require.Equal(t, text, c.String())
		}
	})
}
