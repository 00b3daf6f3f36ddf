package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var botRules = map[string]func(*testing.T, Open){
	"a deletion can be taken back for a while":  botRestored,
	"a bot is made and found":                   botMade,
	"renamed, and audited once":                 botRenamed,
	"deleted, it is out of sight at once":       botDeleted,
	"the list is newest first and paged":        botsPaged,
	"searched by part of the name, any case":    botsSearched,
	"a page of bots shows what each one's says": botsShow,
	"a list of names has the bots of the list":  botsNamed,
	"its deliveries are counted":                botDeliveryCount,
}

func botMade(t *testing.T, open Open) {
	b := setup(t, open)
	bot, err := b.CreateBot(b.ctx(), "Gutters bot", maria)
	require.NoError(t, err)
	require.Equal(t, store.Bot{ID: bot.ID, Name: "Gutters bot", CreatedAt: began}, bot)
	require.EqualValues(t, 7, bot.ID.Version())
	found, err := b.Bot(b.ctx(), bot.ID)
	require.NoError(t, err)
	require.Equal(t, bot, found)
	_, err = b.Bot(b.ctx(), b.newID())
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, "Gutters bot", b.audited(bot.ID, "bot.create").Target)
}

func botRenamed(t *testing.T, open Open) {
	b := setup(t, open)
	bot, err := b.RenameBot(b.ctx(), b.bot, "Gutters bot", maria)
	require.NoError(t, err)
	require.Equal(t, "Gutters bot", bot.Name)
	found, err := b.Bot(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, bot, found)
	entry := b.audited(b.bot, "bot.rename")
	require.Equal(t, []string{"Gutters bot", "was Roofing quote bot"}, []string{entry.Target, entry.Note})
	_, err = b.RenameBot(b.ctx(), b.bot, "Gutters bot", anna)
	require.NoError(t, err)
	require.Equal(t, entry, b.audited(b.bot, "bot.rename"), "the same name is not a change")
	_, err = b.RenameBot(b.ctx(), b.newID(), "x", maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func botDeleted(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.deliver(b.event("lead-1"))
	bot, err := b.Bot(b.ctx(), b.bot)
	require.NoError(t, err)
	for _, typed := range []string{"", " ", "another", bot.Name + "s", b.bot.String()} {
		require.ErrorIs(t, b.DeleteBotCalled(b.ctx(), b.bot, typed, maria), store.ErrOtherName, "%q", typed)
	}
	require.ErrorIs(t, b.DeleteBotCalled(b.ctx(), b.newID(), bot.Name, maria), store.ErrNotFound)
	require.NoError(t, b.DeleteBotCalled(b.ctx(), b.bot, " "+strings.ToUpper(bot.Name), maria))
	_, err = b.Bot(b.ctx(), b.bot)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.BotSummary(b.ctx(), b.bot)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.Delivery(b.ctx(), id)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Empty(t, b.list(store.DeliveryFilter{}))
	require.Empty(t, b.list(store.DeliveryFilter{Query: "lead-1"}))
	page, err := b.Bots(b.ctx(), store.BotFilter{})
	require.NoError(t, err)
	require.Empty(t, page.Bots)
	require.ErrorIs(t, b.DeleteBot(b.ctx(), b.bot, maria), store.ErrNotFound)
	require.Equal(t, maria, b.audited(b.bot, "bot.delete").By)
}

// botRestored: a deletion by a person can be taken back for a while, with all that was the bot's.
func botRestored(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(3)...)
	claimed := b.claimOne()
	bot, err := b.Bot(b.ctx(), b.bot)
	require.NoError(t, err)
	_, err = b.RestoreBot(b.ctx(), b.bot, maria)
	require.ErrorIs(t, err, store.ErrNotFound, "it is not deleted")
	_, err = b.RestoreBot(b.ctx(), b.newID(), maria)
	require.ErrorIs(t, err, store.ErrNotFound)

	require.NoError(t, b.DeleteBotCalled(b.ctx(), b.bot, bot.Name, maria))
	b.clock.Add(store.DeleteUndoFor - time.Second)
	n, err := b.Sweep(b.ctx(), 10)
	require.NoError(t, err)
	require.Zero(t, n, "nothing leaves as long as it can be restored")
	restored, err := b.RestoreBot(b.ctx(), b.bot, maria)
	require.NoError(t, err)
	require.Equal(t, bot, restored)
	require.Equal(t, bot.Name, b.audited(b.bot, "bot.restore").Target)
	require.Len(t, b.list(store.DeliveryFilter{BotID: b.bot}), 3)
	require.NotEmpty(t, b.accept(b.events(1)...), "new events come in")
	b.clock.Add(time.Hour) // the lease of what was under way is over
	ids := []uuid.UUID{}
	for _, c := range b.claim(9).Claims {
		ids = append(ids, c.ID)
	}
	require.Len(t, ids, 4)
	require.Contains(t, ids, claimed.ID)

	require.NoError(t, b.DeleteBotCalled(b.ctx(), b.bot, bot.Name, maria))
	b.clock.Add(store.DeleteUndoFor)
	_, err = b.RestoreBot(b.ctx(), b.bot, maria)
	require.ErrorIs(t, err, store.ErrNotFound, "too late")
	b.sweep()
	require.Empty(t, b.list(store.DeliveryFilter{}))
	require.Zero(t, b.Waiting())

	other := b.newBot("By a program")
	require.NoError(t, b.DeleteBot(b.ctx(), other, maria))
	_, err = b.RestoreBot(b.ctx(), other, maria)
	require.ErrorIs(t, err, store.ErrNotFound, "a program is asked for no name and has nothing to take back")
}

func (b *bundle) botNames(f store.BotFilter) (names []string) {
	b.t.Helper()
	for {
		page, err := b.Bots(b.ctx(), f)
		require.NoError(b.t, err)
		for _, bot := range page.Bots {
			names = append(names, bot.Name)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return names
		}
	}
}

func botsPaged(t *testing.T, open Open) {
	b := setup(t, open)
	want := []string{"Roofing quote bot"}
	for i := range 6 {
		b.clock.Add(time.Second)
		name := fmt.Sprintf("bot %d", i)
		b.newBot(name)
		want = append([]string{name}, want...)
	}
	for _, limit := range []int{0, 1, 3, 7, 1000} {
		require.Equal(t, want, b.botNames(store.BotFilter{Limit: limit}), "limit %d", limit)
	}
	_, err := b.Bots(b.ctx(), store.BotFilter{Cursor: "nonsense"})
	require.ErrorIs(t, err, store.ErrBadCursor)
}

func botsSearched(t *testing.T, open Open) {
	b := setup(t, open)
	for _, name := range []string{"100% roofing", "100 roofs", `back\slash`, "under_score"} {
		b.clock.Add(time.Second)
		b.newBot(name)
	}
	for query, want := range map[string][]string{
		"ROOFING": {"100% roofing", "Roofing quote bot"},
		"100%":    {"100% roofing"},
		"o_f":     nil,
		"r_sc":    {"under_score"},
		`k\s`:     {`back\slash`},
		"zz":      nil,
	} {
		require.Equal(t, want, b.botNames(store.BotFilter{Query: query}), query)
		require.Equal(t, want, b.botNames(store.BotFilter{Query: query, Limit: 1}), query)
	}
}

func botsShow(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	b.settle(failed(b, b.claimOne(), 500))
	b.newBot("idle")
	page, err := b.Bots(b.ctx(), store.BotFilter{})
	require.NoError(t, err)
	require.Len(t, page.Bots, 2)
	for _, got := range page.Bots {
		want, err := b.BotSummary(b.ctx(), got.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got := b.summary()
	require.Equal(t, b.webhook().WebhookState, got.Webhook)
	require.Equal(t, 1, got.Health.FailingEvents)
	require.Equal(t, 1, got.Waiting)
	require.Equal(t, 2, got.Daily[store.DaysShown-1].Total)
}

// botsNamed: the list of names pages and searches as the list of bots does.
func botsNamed(t *testing.T, open Open) {
	b := setup(t, open)
	for i := range 6 {
		b.clock.Add(time.Second)
		b.newBot(fmt.Sprintf("bot %d", i))
	}
	require.NoError(t, b.DeleteBot(b.ctx(), b.newBot("gone"), maria))
	for _, f := range []store.BotFilter{{}, {Limit: 1}, {Limit: 3}, {Limit: 1000}, {Query: "OT "}, {Query: "roof", Limit: 1}, {Query: "gone"}, {Query: "%"}} {
		want, got := b.botNames(f), []string(nil)
		for {
			page, err := b.BotNames(b.ctx(), f)
			require.NoError(t, err)
			for _, bot := range page.Bots {
				got = append(got, bot.Name)
				one, err := b.Bot(b.ctx(), bot.ID)
				require.NoError(t, err)
				require.Equal(t, one, bot)
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		require.Equal(t, want, got)
	}
	_, err := b.BotNames(b.ctx(), store.BotFilter{Cursor: "nonsense"})
	require.ErrorIs(t, err, store.ErrBadCursor)
}

func botDeliveryCount(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(4)...)
	other := b.newBot("another")
	for bot, want := range map[uuid.UUID]int{b.bot: 3, other: 0} {
		n, err := b.DeliveryCount(b.ctx(), bot, 3)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
}
