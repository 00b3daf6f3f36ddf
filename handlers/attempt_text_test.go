package handlers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/views/ui"
)

func TestThePhaseThatFailedHasABarToo(t *testing.T) {
	const ms = time.Millisecond
	for what, c := range map[string]struct {
		attempt store.Attempt
		want    []ui.Bar
	}{
		"waiting for an answer that never comes": {
			store.Attempt{Duration: 100 * ms, FailedPhase: store.PhaseFirstByte, Phases: store.Phases{DNS: 4 * ms, Connect: 6 * ms, TLS: -1, Send: 0, FirstByte: -1, Body: -1}},
			[]ui.Bar{
				{Label: "DNS", Length: 4 * ms},
				{Label: "Connect", Start: 4 * ms, Length: 6 * ms},
				{Label: "Sent", Start: 10 * ms},
				{Label: "First byte", Start: 10 * ms, Length: 90 * ms, Failed: true},
			},
		},
		"refused": {
			store.Attempt{Duration: 2 * ms, FailedPhase: store.PhaseConnect, Phases: store.Phases{DNS: -1, Connect: ms, TLS: -1, Send: -1, FirstByte: -1, Body: -1}},
			[]ui.Bar{{Label: "Connect", Length: ms, Failed: true}},
		},
		"a kept connection": {
			store.Attempt{Duration: 3 * ms, Phases: store.Phases{DNS: -1, Connect: -1, TLS: -1, Send: ms, FirstByte: ms, Body: ms}},
			[]ui.Bar{{Label: "Sent", Length: ms}, {Label: "First byte", Start: ms, Length: ms}, {Label: "Body", Start: 2 * ms, Length: ms}},
		},
	} {
		require.Equal(t, c.want, attemptBars(c.attempt), what)
	}
}

func TestAnAnswerIsShownAsTextThatObeysNobody(t *testing.T) {
	for body, want := range map[string]string{
		"plain\ttext\r\nline":  "plain\ttext\nline",
		"\x1b[31mred\x00":      `\u001b[31mred\u0000`,
		"abc\u202egpj.exe":     `abc\u202egpj.exe`,
		"caf\xe9":              "caf\uFFFD",
		"<script>x</script> é": "<script>x</script> é",
	} {
		require.Equal(t, want, visible(body))
	}
}
