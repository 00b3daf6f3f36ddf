package feed

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestNewsTellWhatAPageHasMissedWhicheverProcessItComesBackTo(t *testing.T) {
	for name, c := range map[string]struct {
		seen string
		then func(*Watches)
		news bool
	}{
		"nothing happened":                         {"a:1,b:4", nil, false},
		"nothing at all":                           {"", nil, true},
		"not news":                                 {"hello", nil, true},
		"a commit here":                            {"a:1,b:4", func(w *Watches) { w.Commit([]store.Notice{{}}) }, true},
		"a commit there":                           {"a:1,b:4", func(w *Watches) { w.Heard("b", 5, nil) }, true},
		"an older count":                           {"a:1,b:4", func(w *Watches) { w.Heard("b", 3, nil) }, false},
		"news from where more was known":           {"a:1,b:5", nil, false},
		"news from where this was not heard yet":   {"a:0,b:4", nil, true},
		"news from where nothing was known of b":   {"a:1", nil, true},
		"news from a process that this never knew": {"a:1,b:4,c:1", nil, true},
		"one that is gone":                         {"a:1", func(w *Watches) { w.Gone("b") }, false},
		"of one that is gone":                      {"a:1,b:4", func(w *Watches) { w.Gone("b") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Watches{Name: "a"}
			w.Commit([]store.Notice{{}})
			w.Heard("b", 4, nil)
			require.Equal(t, "a:1,b:4", w.News())
			if c.then != nil {
				c.then(w)
			}
			require.Equal(t, c.news, w.Since(c.seen))
			require.False(t, w.Since(w.News()))
		})
	}
}

func TestWatchersHearOfTheirBotAndOfAll(t *testing.T) {
	w := &Watches{Name: "a"}
	bot := uuid.Must(uuid.NewV7())
	ours, end := w.Watch(bot)
	heard := func() bool {
		select {
		case <-ours:
			return true
		default:
			return false
		}
	}
	w.Heard("b", 1, nil)
	require.False(t, heard(), "nothing changed")
	w.Heard("b", 2, []store.Notice{{WebhookID: store.FirstWebhook(uuid.Must(uuid.NewV7()))}})
	require.False(t, heard(), "something else")
	w.Heard("b", 3, []store.Notice{{WebhookID: store.FirstWebhook(bot)}})
	require.True(t, heard())
	w.Heard("", 0, []store.Notice{store.LookAtAll})
	require.True(t, heard(), "anything may have changed")

	end()
	end()
	require.Empty(t, w.byBot, "nothing is left of a watch that has ended")
}
