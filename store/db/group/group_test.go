package group

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAGroupTakesOfBothQueues(t *testing.T) {
	fill := func(w *Writer[int], prompt, bulk, rows int) {
		for range prompt {
			w.queue <- &Op[int]{}
		}
		for range bulk {
			w.bulk <- &Op[int]{rows: rows}
		}
	}
	for _, c := range []struct {
		name                     string
		first                    *Op[int]
		prompt, bulk, rows       int
		wantPrompt, wantBulkRows int
	}{
		{"alone", &Op[int]{}, 0, 0, 0, 1, 0},
		{"few of both go together", &Op[int]{}, 10, 10, 1, 11, 10},
		{"many settlements leave room for accepting", &Op[int]{}, 2000, 2000, 1, maxGroup, maxBulkBeside},
		{"many events leave room for settling", &Op[int]{rows: 1}, 2000, 2000, 1, maxGroup - 1, maxBulkBeside},
		{"events alone", &Op[int]{rows: 1}, 0, 2000, 1, 0, maxBulk},
		{"arrays are counted by their events", &Op[int]{}, 0, 100, 100, 1, 200},
		{"an array larger than a share goes too", &Op[int]{}, 0, 3, 1000, 1, 1000},
		{"a large array does not shut out settlements", &Op[int]{rows: 1000}, 50, 3, 1000, 50, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWriter[int](nil)
			fill(w, c.prompt, c.bulk, c.rows)
			prompt, rows := 0, 0
			for _, op := range w.gather(c.first) {
				rows += op.rows
				if op.rows == 0 {
					prompt++
				}
			}
			require.Equal(t, c.wantPrompt, prompt)
			require.Equal(t, c.wantBulkRows, rows)
		})
	}
}

func TestTooManyEventsThatWaitAreRefusedAtOnce(t *testing.T) {
	w := newWriter[int](nil)
	for range maxBulkWaiting / 1000 {
		go func() { _ = w.DoBulk(t.Context(), 1000, nil, nil) }()
		op := <-w.bulk
		defer func() { op.Answer(nil) }()
	}
	require.ErrorIs(t, w.DoBulk(t.Context(), 1, nil, nil), store.ErrUnavailable)
}
