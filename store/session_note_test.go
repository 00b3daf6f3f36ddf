package store

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestANoteIsBounded(t *testing.T) {
	var n SessionNote
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	for i := range 100 {
		n.Say(Said{Text: strconv.Itoa(i)})
		n.Show(strconv.Itoa(i), "text", now.Add(time.Duration(i)*time.Second))
	}
	require.Len(t, n.Said, maxSaid)
	require.Equal(t, "99", n.Said[maxSaid-1].Text, "the oldest go")
	require.Len(t, n.Shown, maxShown)
	require.Contains(t, n.Shown, "99")
	require.NotContains(t, n.Shown, "79")

	var same SessionNote
	for i := range 50 {
		same.Show(strconv.Itoa(i), "text", now)
		require.Contains(t, same.Shown, strconv.Itoa(i), "what was just left stays, though all are of one moment")
	}
}

func TestANoteEndsWithTheLastOfIt(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	var n SessionNote
	require.Zero(t, n.Until(now))
	n.Show("a", "1", now)
	n.Show("b", "2", now.Add(time.Minute))
	require.Equal(t, now.Add(SessionNoteFor+time.Minute), n.Until(now))
	require.Len(t, n.At(now.Add(SessionNoteFor-1)).Shown, 2)
	require.Len(t, n.At(now.Add(SessionNoteFor)).Shown, 1)
	require.Empty(t, n.At(now.Add(SessionNoteFor+time.Minute)).Shown)
	require.Len(t, n.Shown, 2, "the note itself is not touched")
}
