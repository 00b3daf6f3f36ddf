package notify

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// changesOf are so many changes of one kind.
func changesOf(tell string, n int) (changes []store.AlertChange) {
	for i := range n {
		name := "Bot " + strconv.Itoa(i+1)
		changes = append(changes, store.AlertChange{WebhookID: store.FirstWebhook(uuid.New()), BotName: name, Notify: tell, Title: name + ": failing (HTTP 401)", Text: name + " has been failing."})
	}
	return changes
}

func TestAFewChangesAreToldOneByOne(t *testing.T) {
	changes := append(changesOf("failing", alone), changesOf("", 2)...)
	changes = append(changes, changesOf("switched_off", 1)...)
	told := compose(changes, uuid.New)
	require.Len(t, told, alone+1)
	require.Equal(t, "switched_off", told[0].Kind, "the gravest first")
	require.Equal(t, changes[0].BotID, told[1].BotID)
	require.Equal(t, "Bot 1", told[1].Bot)
	require.Equal(t, "Bot 1: failing (HTTP 401)", told[1].Title)
	require.Equal(t, "Bot 1 has been failing.", told[1].Text)
}

func TestManyChangesAtOnceAreOneNotification(t *testing.T) {
	told := compose(changesOf("failing", alone+1), uuid.New)
	require.Len(t, told, 1)
	require.Equal(t, uuid.Nil, told[0].BotID)
	require.Equal(t, "4 webhooks are failing", told[0].Title)
	require.Equal(t, "4 webhooks are failing:\n- Bot 1: failing (HTTP 401)\n- Bot 2: failing (HTTP 401)\n- Bot 3: failing (HTTP 401)\n- Bot 4: failing (HTTP 401)", told[0].Text)

	flood := compose(changesOf("recovered", 1000), uuid.New)[0]
	require.Equal(t, "1000 webhooks work again", flood.Title)
	require.Equal(t, named, strings.Count(flood.Text, "\n- "))
	require.True(t, strings.HasSuffix(flood.Text, "\n… and 950 more"))
}

func TestEveryKindHasItsWords(t *testing.T) {
	for _, k := range kinds {
		require.NotContains(t, compose(changesOf(k.kind, 9), uuid.New)[0].Title, "%", k.kind)
	}
}
