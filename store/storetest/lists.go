package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var listRules = map[string]func(*testing.T, Open){
	"newest first, every row once, in pages of any size": listPaged,
	"back again by the other cursor":                     listBackwards,
	"rows that come meanwhile move nothing":              listMoving,
	"a page has no payloads, and the bots' names":        listShape,
	"a cursor of another kind is refused":                listBadCursor,
	"what is rare is found page by page, both ways":      listSparse,
}

// fill makes deliveries and returns their ids, newest first.
func (b *bundle) fill(n int) []uuid.UUID {
	var ids []uuid.UUID
	for range n {
		b.clock.Add(time.Millisecond)
		ids = append(ids, b.accept(b.events(1)...)...)
	}
	slices.Reverse(ids)
	return ids
}

func (b *bundle) page(f store.DeliveryFilter) store.DeliveryPage {
	b.t.Helper()
	p, err := b.Deliveries(b.ctx(), f)
	require.NoError(b.t, err)
	return p
}

func listPaged(t *testing.T, open Open) {
	b := setup(t, open)
	want := b.fill(7)
	for _, of := range []uuid.UUID{b.bot, uuid.Nil} {
		for _, limit := range []int{0, 1, 2, 3, 7, 8, 1000} {
			f := store.DeliveryFilter{BotID: of, Limit: limit}
			var got []uuid.UUID
			for pages := 0; ; pages++ {
				require.LessOrEqual(t, pages, 7)
				p := b.page(f)
				require.Equal(t, pages == 0, p.Prev == "", "only the first page has nothing newer")
				got = append(got, idsOf(p.Deliveries)...)
				if f.Cursor = p.Next; f.Cursor == "" {
					break
				}
			}
			require.Equal(t, want, got, "limit %d", limit)
		}
	}
}

func listBackwards(t *testing.T, open Open) {
	b := setup(t, open)
	want := b.fill(7)
	f := store.DeliveryFilter{BotID: b.bot, Limit: 3}
	first := b.page(f)
	f.Cursor = first.Next
	second := b.page(f)
	f.Cursor = second.Next
	third := b.page(f)
	require.Equal(t, want[6:], idsOf(third.Deliveries))

	f.Cursor = third.Prev
	back := b.page(f)
	require.Equal(t, want[3:6], idsOf(back.Deliveries))
	require.Equal(t, second.Next, back.Next)
	f.Cursor = back.Prev
	back = b.page(f)
	require.Equal(t, want[:3], idsOf(back.Deliveries))
	require.Empty(t, back.Prev, "nothing is newer")
	require.Equal(t, first.Next, back.Next)
}

func listMoving(t *testing.T, open Open) {
	b := setup(t, open)
	want := b.fill(4)
	f := store.DeliveryFilter{BotID: b.bot, Limit: 2}
	f.Cursor = b.page(f).Next
	newer := b.fill(3)
	second := b.page(f)
	require.Equal(t, want[2:], idsOf(second.Deliveries))
	f.Cursor = second.Prev
	back := b.page(f)
	require.Equal(t, want[:2], idsOf(back.Deliveries))
	f.Cursor = back.Prev
	require.Equal(t, newer[1:], idsOf(b.page(f).Deliveries))
}

func listShape(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.fill(1)[0]
	want := b.delivery(id)
	require.NotEmpty(t, want.Payload)
	want.Payload = nil
	require.Equal(t, []store.Delivery{want}, b.page(store.DeliveryFilter{}).Deliveries)
	empty := b.page(store.DeliveryFilter{BotID: b.newBot("idle")})
	require.Zero(t, empty)
}

func listSparse(t *testing.T, open Open) {
	b := setup(t, open)
	rare := []uuid.UUID{b.accept(b.event("first", named("Rare")))[0]}
	for range 5 {
		b.clock.Add(time.Second)
		b.accept(b.events(500)...)
	}
	b.clock.Add(time.Second)
	rare = append(rare, b.accept(b.event("last", named("Rare")))[0])

	f := store.DeliveryFilter{EventName: "Rare", Limit: 10}
	walk := func(next func(store.DeliveryPage) string) (found []uuid.UUID) {
		for short := 0; ; short++ {
			require.Less(t, short, 10, "each page comes further")
			p := b.page(f)
			found = append(found, idsOf(p.Deliveries)...)
			cursor := next(p)
			if cursor == "" {
				require.Positive(t, short, "there are more rows than one page looks at")
				return found
			}
			if !p.SearchedTo.IsZero() {
				require.WithinRange(t, p.SearchedTo, began, b.clock.Now())
			}
			f.Cursor = cursor
		}
	}
	require.Equal(t, []uuid.UUID{rare[1], rare[0]}, walk(func(p store.DeliveryPage) string { return p.Next }))
	require.Equal(t, []uuid.UUID{rare[0], rare[1]}, walk(func(p store.DeliveryPage) string { return p.Prev }), "and back")
}

func listBadCursor(t *testing.T, open Open) {
	b := setup(t, open)
	for _, c := range []string{"x", "bm9uc2Vuc2U", b.newID().String()} {
		_, err := b.Deliveries(b.ctx(), store.DeliveryFilter{Cursor: c})
		require.ErrorIs(t, err, store.ErrBadCursor, c)
	}
}
