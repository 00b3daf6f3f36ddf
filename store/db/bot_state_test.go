package db

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

// stateBase is a database with a few bots of which the first is failing.
func stateBase(t *testing.T) (*DB, []store.Bot) {
	t.Helper()
	db, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "state.db"), Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	var bots []store.Bot
	for _, name := range []string{"Failing", "Off", "Held", "Fine"} {
		bot, err := db.CreateBot(t.Context(), name, store.Actor{})
		require.NoError(t, err)
		bots = append(bots, bot)
		if name != "Held" {
			on, url := true, "https://crm.example/hook"
			_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
			require.NoError(t, err)
		}
		id := uuid.Must(uuid.NewV7())
		_, err = db.Accept(t.Context(), bot.ID, []store.NewDelivery{{ID: id, EventID: "1", EventName: "Lead", Payload: []byte("{}")}})
		require.NoError(t, err)
	}
	claimed, err := db.Claim(t.Context(), store.FirstWebhook(bots[0].ID), 1, time.Minute)
	require.NoError(t, err)
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = db.Settle(t.Context(), store.Settlement{Token: claimed.Claims[0].Token, Status: store.Failed, Attempt: store.Attempt{
		BotID: bots[0].ID, DeliveryID: claimed.Claims[0].ID, StatusCode: 500, Outcome: "http_500", Certificate: &store.Certificate{NotAfter: until},
	}})
	require.NoError(t, err)
	require.NoError(t, db.SwitchOff(t.Context(), store.FirstWebhook(bots[1].ID), "gone"))
	return db, bots
}

func stateNames(states []store.BotState) (list []string) {
	for _, s := range states {
		list = append(list, s.Name)
	}
	return list
}

func TestBotsInTroubleAreFound(t *testing.T) {
	db, bots := stateBase(t)
	troubled, err := db.TroubledBots(t.Context(), 10)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"Failing", "Off"}, stateNames(troubled))
	attention, err := db.BotsNeedingAttention(t.Context(), 10)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"Failing", "Off", "Held"}, stateNames(attention))

	failing, err := db.BotState(t.Context(), store.FirstWebhook(bots[0].ID))
	require.NoError(t, err)
	require.Equal(t, 500, failing.Health.LastCode)
	require.Equal(t, 2027, failing.Health.CertificateUntil.Year())
	require.Equal(t, bots[0].ID, failing.Health.BotID)
	held, err := db.BotState(t.Context(), store.FirstWebhook(bots[2].ID))
	require.NoError(t, err)
	require.Equal(t, 1, held.Held)
	require.NoError(t, db.LeaveHeld(t.Context(), store.FirstWebhook(bots[2].ID), store.Actor{}))
	held, err = db.BotState(t.Context(), store.FirstWebhook(bots[2].ID))
	require.NoError(t, err)
	require.Zero(t, held.Held, "a person has said Leave them")

	require.NoError(t, db.DeleteBot(t.Context(), bots[0].ID, store.Actor{}))
	_, err = db.BotState(t.Context(), store.FirstWebhook(bots[0].ID))
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestBotStatesAreReadPageByPage(t *testing.T) {
	db, bots := stateBase(t)
	var after uuid.UUID
	var all []string
	for {
		page, err := db.BotStates(t.Context(), store.FirstWebhook(after), 3)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		all = append(all, stateNames(page)...)
		after = page[len(page)-1].ID
	}
	require.Len(t, all, len(bots))
}

// TestTroubleIsFoundByPartialIndexes: every page asks, so the answer must cost nothing if there is no trouble.
func TestTroubleIsFoundByPartialIndexes(t *testing.T) {
	db, _ := stateBase(t)
	for _, list := range []string{troubledWebhooks, needingAttention} {
		text := strings.Join(plan(t, db, selectStates+among(list), 10), "\n")
		require.Contains(t, text, "health_failing")
		require.Contains(t, text, "webhooks_switched_off")
		require.NotRegexp(t, `(?m)^SCAN (b|w|h|conditions)\b`, text, "only those in trouble are read")
	}
}
