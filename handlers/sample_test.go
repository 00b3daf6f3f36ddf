package handlers

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestASampleLeadIsARealEventAndIsAskedAboutOnce(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	settings := "/bots/" + bot.ID.String() + "/settings/marketing"
	sample := "/bots/" + bot.ID.String() + "/sample"
	question := "your CRM will create a contact"
	require.Contains(t, ta.get(settings).Body.String(), question)

	sent := ta.post(sample, nil)
	require.Equal(t, http.StatusSeeOther, sent.Code, "a reload repeats nothing")
	page := ta.get(sent.Header().Get("Location"))
	require.Contains(t, page.Body.String(), "Sample lead sent.")
	require.NotContains(t, page.Body.String(), question, "what it does is known now")

	log, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: bot.ID})
	require.NoError(t, err)
	require.Len(t, log.Deliveries, 1)
	d := log.Deliveries[0]
	require.False(t, d.Test)
	require.True(t, store.IsSample(d.EventID))
	require.Equal(t, store.Queued, d.Status)
	require.Contains(t, page.Body.String(), "/deliveries/"+d.ID.String())
	require.Contains(t, readable(page.Body.String()), "Sample u•••@example.com")
}

func TestASampleLeadNeedsAWebhookThatSends(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	page := ta.get("/bots/" + bot.ID.String() + "/settings/marketing").Body.String()
	require.Contains(t, page, "Enter a Webhook URL first")
	require.Equal(t, http.StatusConflict, ta.post("/bots/"+bot.ID.String()+"/sample", nil).Code)
	has, err := ta.Store.HasSample(t.Context(), bot.ID)
	require.NoError(t, err)
	require.False(t, has)
}

func TestASampleLeadHasANameThatIsSent(t *testing.T) {
	for want, chosen := range map[string][]string{"Lead": nil, "Booking": {"Booking", "Other"}} {
		require.Equal(t, want, sampleName(store.Webhook{EventNames: chosen}))
	}
	require.Equal(t, "Lead", sampleName(store.Webhook{EventNames: []string{"Booking", "Lead"}}))
}
