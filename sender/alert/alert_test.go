package alert

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

var alertNow = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

func alertAgo(d time.Duration) time.Time { return alertNow.Add(-d) }

const oneDay = 24 * time.Hour

func TestFailingIsAPattern(t *testing.T) {
	on := store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: alertAgo(oneDay)}
	off, switchedOff := on, on
	off.Enabled = false
	switchedOff.SwitchedOff = &store.SwitchedOff{Reason: outcome.SwitchOffGone}
	for name, c := range map[string]struct {
		w    store.WebhookState
		h    store.Health
		want bool
	}{
		"nothing failed":               {on, store.Health{LastAttemptAt: alertNow}, false},
		"two first attempts":           {on, store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(time.Minute), FirstFailures: 2}, false},
		"three first attempts":         {on, store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(time.Minute), FirstFailures: 3}, true},
		"nothing for an hour":          {on, store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(time.Hour), FirstFailures: 1}, true},
		"failures of the old settings": {on, store.Health{LastAttemptAt: alertAgo(25 * time.Hour), FailingSince: alertAgo(26 * time.Hour), FirstFailures: 9}, false},
		"switched off by a person":     {off, store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(time.Hour), FirstFailures: 3}, false},
		"switched off by ioZen":        {switchedOff, store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(time.Hour), FirstFailures: 3}, false},
	} {
		require.Equal(t, c.want, IsFailing(c.w, c.h, alertNow), name)
	}
}

func TestACertificateIsAnAlertOnceItShouldHaveBeenRenewed(t *testing.T) {
	on := store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: alertAgo(oneDay)}
	for name, c := range map[string]struct {
		life, left, heard time.Duration
		want              bool
	}{
		"a year, 22 days left":              {365 * oneDay, 22 * oneDay, 0, false},
		"a year, 20 days left":              {365 * oneDay, 20 * oneDay, 0, true},
		"90 days, renewed as usual":         {90 * oneDay, 29 * oneDay, 0, false},
		"90 days, forgotten":                {90 * oneDay, 20 * oneDay, 0, true},
		"45 days, renewed as usual":         {45 * oneDay, 14 * oneDay, 0, false},
		"45 days, forgotten":                {45 * oneDay, 11 * oneDay, 0, true},
		"6 days, renewed as usual":          {6 * oneDay, 3 * oneDay, 0, false},
		"6 days, forgotten":                 {6 * oneDay, 35 * time.Hour, 0, true},
		"expired: now it fails":             {90 * oneDay, -time.Hour, 0, false},
		"of another endpoint than this one": {90 * oneDay, 20 * oneDay, 25 * time.Hour, false},
	} {
		until := alertNow.Add(c.left)
		h := store.Health{LastAttemptAt: alertAgo(c.heard), CertificateFrom: until.Add(-c.life), CertificateUntil: until}
		_, soon := CertificateEnds(on, h, alertNow)
		require.Equal(t, c.want, soon, name)
	}
	_, soon := CertificateEnds(on, store.Health{LastAttemptAt: alertNow}, alertNow)
	require.False(t, soon, "plain HTTP")
}

// countersOf makes counters: one entry a oneDay, noon, from a number of days ago on; 0 is today.
func countersOf(events ...int) (hours []store.HourCount) {
	for age, n := range events {
		at := alertNow.Truncate(time.Hour).Add(-time.Duration(age)*oneDay - 2*time.Hour)
		hours = append(hours,
			store.HourCount{Hour: at, Kind: store.CountAccepted, N: n},
			store.HourCount{Hour: at, Kind: store.CountDelivered, N: 99})
	}
	return hours
}

func TestSilenceIsUnusual(t *testing.T) {
	for name, c := range map[string]struct {
		hours []store.HourCount
		want  bool
		usual int
	}{
		"usually 40, none today":     {countersOf(0, 40, 38, 41, 40, 44, 39, 40), true, 40},
		"one came":                   {countersOf(1, 40, 38, 41, 40, 44, 39, 40), false, 40},
		"never many":                 {countersOf(0, 9, 8, 9, 9, 9, 9, 9), false, 9},
		"closed on this day":         {countersOf(0, 40, 40, 40, 40, 40, 0, 0), false, 40},
		"open on this day last week": {countersOf(0, 0, 40, 40, 40, 40, 0, 40, 40), true, 40},
		"new: nothing is usual yet":  {countersOf(0, 40, 40), false, 0},
		"for days already":           {countersOf(0, 0, 0, 0, 0, 40, 41, 42, 43, 44, 45, 46), true, 43},
		"for more than a week":       {countersOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 40, 40, 40, 40, 40, 40), true, 40},
		"no counters":                {nil, false, 0},
	} {
		s, silent := FindSilence(c.hours, alertNow)
		require.Equal(t, c.want, silent, name)
		require.Equal(t, c.usual, s.Usual, name)
	}
	s, _ := FindSilence(countersOf(0, 40, 38, 41, 40, 44, 39, 40), alertNow)
	require.Equal(t, 26*time.Hour, s.For)
}

func TestAlertsInWords(t *testing.T) {
	on := store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: alertAgo(10 * oneDay)}
	withOff := on
	withOff.SwitchedOff = &store.SwitchedOff{Reason: outcome.SwitchOffGone}
	failing := store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(26 * time.Hour), FirstFailures: 9, FailingEvents: 1037, LastCode: 401, LastOutcome: "http_401"}
	ending := failing
	ending.FailingSince = alertAgo(4*oneDay + 4*time.Hour)
	ending.Strikes, ending.StrikesSince = ending.FailingEvents, ending.FailingSince
	expiring := store.Health{LastAttemptAt: alertNow, CertificateFrom: alertAgo(300 * oneDay), CertificateUntil: alertNow.Add(12*oneDay + time.Hour)}
	for name, c := range map[string]struct {
		w    store.BotState
		want []string
	}{
		"nothing": {store.BotState{Webhook: on}, nil},
		"failing": {store.BotState{Webhook: on, Health: failing, Waiting: 1037}, []string{
			"has been failing for 26 hours: your endpoint did not accept the credentials (HTTP 401). 1,037 events are waiting.",
		}},
		"failing for days": {store.BotState{Webhook: on, Health: ending, Waiting: 1037}, []string{
			"has been failing for 4 days: your endpoint did not accept the credentials (HTTP 401). 1,037 events are waiting." +
				" It will be switched off in 20 hours unless an event gets through.",
		}},
		"switched off, with held events": {store.BotState{Webhook: withOff, Health: failing, Held: 12}, []string{
			"was switched off by ioZen: the endpoint said twice that it no longer exists (HTTP 410). Held: 12 events.",
		}},
		"expiring, and events held": {store.BotState{Webhook: on, Health: expiring, Held: 1}, []string{
			"has an endpoint whose certificate expires in 12 days, on 6 Dec 2026.",
			"holds 1 event, because its webhook was off or had no URL.",
		}},
	} {
		var texts []string
		for _, alert := range Alerts(c.w, nil, alertNow) {
			texts = append(texts, alert.Text)
			require.NotEmpty(t, alert.Short, name)
			require.NotEmpty(t, alert.Fix, name)
		}
		require.Equal(t, c.want, texts, name)
	}
	silent := Alerts(store.BotState{Webhook: on}, countersOf(0, 40, 38, 41, 40, 44, 39, 40), alertNow)
	require.Equal(t, "is unusually silent: usually 40 events a day, none for 26 hours.", silent[0].Text)
	off := on
	off.Enabled = false
	require.Empty(t, Alerts(store.BotState{Webhook: off}, countersOf(0, 40, 38, 41, 40, 44, 39, 40), alertNow))
}

func TestAnAlertNamesTheEndpointOfABotThatHasSeveral(t *testing.T) {
	w := store.BotState{Bot: store.Bot{Name: "Quiz"}, N: 2, Webhook: store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: alertAgo(10 * oneDay)}}
	w.Health = store.Health{LastAttemptAt: alertNow, FailingSince: alertAgo(26 * time.Hour), FirstFailures: 9, LastCode: 401, LastOutcome: "http_401"}
	w.Health.CertificateFrom, w.Health.CertificateUntil = alertAgo(300*oneDay), alertNow.Add(12*oneDay+time.Hour)
	said := func() (list []string) {
		for _, a := range Alerts(w, countersOf(0, 40, 38, 41, 40, 44, 39, 40), alertNow) {
			list = append(list, a.Of+" "+strings.SplitN(a.Text, ":", 2)[0])
		}
		return list
	}
	require.Equal(t, []string{
		"Quiz has been failing for 26 hours", "Quiz has an endpoint whose certificate expires in 12 days, on 6 Dec 2026.", "Quiz is unusually silent",
	}, said())
	w.Endpoint = "Slack"
	require.Equal(t, []string{
		"Quiz · Slack has been failing for 26 hours", "Quiz · Slack has a certificate that expires in 12 days, on 6 Dec 2026.", "Quiz is unusually silent",
	}, said(), "events stay away from the bot")
}

func TestSpansOfTimeInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 minute", 20 * time.Second: "1 minute", 59 * time.Minute: "59 minutes", 2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours",
		48 * time.Hour: "2 days", 71 * time.Hour: "2 days", 21 * oneDay: "21 days",
	} {
		require.Equal(t, want, spell(d))
	}
}
