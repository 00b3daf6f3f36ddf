package replica

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAMessageIsReadAsItWasPacked(t *testing.T) {
	for name, m := range map[string]message{
		"a beat":         {kind: beat, from: "a1", count: 99, ticket: 3},
		"notices":        {kind: notices, from: "a1", count: 1 << 40, ticket: 1 << 50, notices: []store.Notice{change(store.Due), change(0), store.LookAtAll}},
		"confirmed":      {kind: heard, from: "a1", ticket: 7, to: "b2"},
		"words":          {kind: words, from: "a1", words: "two words"},
		"good-bye":       {kind: left, from: "a1"},
		"of a whole bot": {kind: notices, from: "a1", notices: []store.Notice{{WebhookID: store.WebhookID{BotID: uuid.Max}, What: store.Jobs}}},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := parse(m.String())
			require.NoError(t, err)
			require.Equal(t, m, read)
		})
	}
}

func TestNoticesThatDoNotFitAreOneAboutEverything(t *testing.T) {
	m := message{kind: notices, from: "a1", count: 5}
	for range 400 {
		m.notices = append(m.notices, change(store.Due))
	}
	m.notices = append(m.notices, change(store.Settings))
	require.LessOrEqual(t, len(m.String()), largest)
	read, err := parse(m.String())
	require.NoError(t, err)
	require.Equal(t, []store.Notice{{What: store.Due | store.Settings}}, read.notices)
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	for _, text := range []string{"", "n", "n a 0 0", "x a 0 0 ", "n a - 0 ", "n a 0 0 !", "n a 0 0 AAAA", "hello, world"} {
		_, err := parse(text)
		require.Error(t, err, text)
	}
}
