package notify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

var testNow = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// quiz is a bot whose webhook is on and last failed, or did not.
func quiz(failures int) store.BotState {
	w := store.BotState{Bot: store.Bot{Name: "Quiz"}, Webhook: store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: testNow.Add(-time.Hour)}}
	w.Health = store.Health{LastAttemptAt: testNow, LastSuccessAt: testNow.Add(-30 * time.Minute), LastCode: 200}
	if failures > 0 {
		w.Health.FirstFailures, w.Health.FailingEvents, w.Health.FailingSince = failures, failures, testNow.Add(-20*time.Minute)
		w.Health.LastCode, w.Health.LastOutcome = 401, "http_401"
	}
	return w
}

// before is what the last look found: kinds that hold ("failing") or do not any more ("-failing"), for so long.
func before(since time.Duration, kinds ...string) found {
	f := found{}
	for _, k := range kinds {
		holds := k[0] != '-'
		if !holds {
			k = k[1:]
		}
		f[k] = store.AlertState{Kind: k, Holds: holds, Since: testNow.Add(-since)}
	}
	return f
}

// said are changes in short: "+failing told failing", "-switched_off".
func said(changes []store.AlertChange) (short []string) {
	for _, c := range changes {
		s := "-" + c.Kind
		if c.Holds {
			s = "+" + c.Kind
		}
		if c.Notify != "" {
			s += " told " + c.Notify
		}
		short = append(short, s)
	}
	return short
}

func TestWhatOfAWebhookIsTold(t *testing.T) {
	off := quiz(9)
	off.Webhook.SwitchedOff = &store.SwitchedOff{Reason: outcome.SwitchOffGone}
	disabled := quiz(9)
	disabled.Webhook.Enabled = false
	for name, c := range map[string]struct {
		now    store.BotState
		before found
		want   []string
	}{
		"well, and was":                       {quiz(0), nil, nil},
		"hiccups":                             {quiz(2), nil, nil},
		"starts failing":                      {quiz(3), nil, []string{"+failing told failing"}},
		"still fails":                         {quiz(9), before(time.Hour, "failing"), nil},
		"recovers":                            {quiz(0), before(time.Hour, "failing"), []string{"-failing told recovered"}},
		"a success, and one failure after it": {quiz(1), before(time.Hour, "failing"), nil},
		"recovers within a moment: told when it lasts": {quiz(0), before(time.Minute, "failing"), nil},
		"fails again within a moment":                  {quiz(3), before(time.Minute, "-failing"), nil},
		"fails again":                                  {quiz(3), before(time.Hour, "-failing"), []string{"+failing told failing"}},
		"is switched off":                              {off, before(time.Hour, "failing"), []string{"-failing", "+switched_off told switched_off"}},
		"is switched off without a look in between":    {off, nil, []string{"+switched_off told switched_off"}},
		"is still switched off":                        {off, before(time.Hour, "switched_off", "-failing"), nil},
		"on again, not yet proven":                     {quiz(9), before(time.Hour, "switched_off"), []string{"-switched_off", "+failing"}},
		"on again, and fails on":                       {quiz(9), before(time.Hour, "failing", "-switched_off"), nil},
		"on again, works at once":                      {quiz(0), before(time.Hour, "switched_off"), []string{"-switched_off", "+failing"}},
		"on again, worked for a while":                 {quiz(0), before(time.Hour, "failing", "-switched_off"), []string{"-failing told recovered"}},
		"switched off a second time":                   {off, before(time.Minute, "failing", "-switched_off"), []string{"-failing", "+switched_off told switched_off"}},
		"a person switched it off":                     {disabled, before(time.Hour, "failing"), nil},
	} {
		require.Equal(t, c.want, said(troubleChanges(c.now, c.before, testNow)), name)
	}
}

func TestSilenceAndCertificatesAreToldWhenTheyBegin(t *testing.T) {
	var silent []store.HourCount
	for day := 1; day <= 7; day++ {
		silent = append(silent, store.HourCount{Hour: testNow.Truncate(time.Hour).Add(-time.Duration(24*day+2) * time.Hour), Kind: store.CountAccepted, N: 40})
	}
	expiring := quiz(0)
	expiring.Health.CertificateFrom, expiring.Health.CertificateUntil = testNow.AddDate(-1, 0, 0), testNow.AddDate(0, 0, 12)
	for name, c := range map[string]struct {
		now    store.BotState
		hours  []store.HourCount
		before found
		want   []string
	}{
		"nothing":            {quiz(0), nil, nil, nil},
		"silent":             {quiz(0), silent, nil, []string{"+silent told silent"}},
		"still silent":       {quiz(0), silent, before(time.Hour, "silent"), nil},
		"an event came":      {quiz(0), nil, before(time.Hour, "silent"), []string{"-silent"}},
		"expires":            {expiring, nil, before(time.Hour, "-certificate"), []string{"+certificate told certificate"}},
		"still expires":      {expiring, nil, before(time.Hour, "certificate"), nil},
		"renewed":            {quiz(0), nil, before(time.Hour, "certificate"), []string{"-certificate"}},
		"failing is not its": {quiz(9), nil, nil, nil},
	} {
		require.Equal(t, c.want, said(slowChanges(c.now, c.hours, c.before, testNow)), name)
	}
}
