package store

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsErasedIsGoneFromTheFiles(t *testing.T) {
	config := testConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for _, large := range []int{1, 300} { // the body in its row, and on pages of its own
		e := testEvents(1)[0]
		e.Email = "jane@example.com"
		e.Payload = []byte(`{"user_data":{"email":"jane@example.com","first_name":"MARKER-payload"}}`)
		_, err = db.Accept(t.Context(), bot, []NewDelivery{e})
		require.NoError(t, err)
		c, err := db.Claim(t.Context(), bot, 1, time.Minute)
		require.NoError(t, err)
		a := Attempt{
			BotID: bot, DeliveryID: e.ID, StartedAt: time.Now(), WebhookVersion: 2, StatusCode: 200,
			Response: Response{Body: []byte(strings.Repeat("MARKER-answer ", large))},
		}
		_, err = db.Settle(t.Context(), Settlement{Token: c.Claims[0].Token, Attempt: a, Status: Delivered})
		require.NoError(t, err)
	}
	raw := func() string {
		out, err := exec.Command("cat", path, path+"-wal").Output()
		require.NoError(t, err)
		return string(out)
	}
	require.Contains(t, raw(), "MARKER-payload")
	n, err := db.ErasePerson(t.Context(), Person{PersonEmail, "jane@example.com"}, func([]byte) []byte { return []byte("{}") }, Actor{})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NotContains(t, raw(), "MARKER")
	require.NotContains(t, raw(), "jane@example.com")
}
