package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"
)

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "<1 ms", 999 * time.Microsecond: "<1 ms", 92 * time.Millisecond: "92 ms", 999 * time.Millisecond: "999 ms",
		1234 * time.Millisecond: "1.2 s", 9999 * time.Millisecond: "9.9 s", 31 * time.Second: "31 s",
	} {
		require.Equal(t, want, Duration(d))
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 events", 1: "1 event", 999: "999 events", 9214: "9,214 events", 1234567: "1,234,567 events"} {
		require.Equal(t, want, Count(n, "event"))
	}
	for noun, want := range map[string]string{"delivery": "2 deliveries", "day": "2 days", "API key": "2 API keys", "reply": "2 replies", "y": "2 ys"} {
		require.Equal(t, want, Count(2, noun))
	}
	require.Equal(t, "-1,234", Number(-1234))
	require.Equal(t, "-123", Number(-123))
}

func TestFieldTiesItsWordsToTheInput(t *testing.T) {
	got := html(t, Field(Input{Name: "name", Label: "Name", Hint: "As you know it.", Error: "Give it a name.", Value: `a"b`}))
	for _, want := range []string{
		`<label for="name">Name</label>`, `id="name"`, `aria-describedby="name-error name-hint"`, `aria-invalid="true"`,
		`id="name-hint"`, `id="name-error"`, `value="a&#34;b"`, `type="text"`,
	} {
		require.Contains(t, got, want)
	}
	require.NotContains(t, html(t, Field(Input{Name: "name", Label: "Name"})), "aria-")
}

func TestTimeHasTextWithoutJavaScript(t *testing.T) {
	at := time.Date(2026, 3, 5, 13, 0, 0, 123e6, time.FixedZone("CET", 3600))
	require.Equal(t, `<time datetime="2026-03-05T12:00:00.123Z" data-style="day" title="2026-03-05 12:00:00.123 UTC">5 Mar 2026, 12:00 UTC</time>`, html(t, Time(at)))
	require.Equal(t, "never", strings.TrimSpace(html(t, Ago(time.Time{}))))
}

func TestBarsShareOneAxis(t *testing.T) {
	got := html(t, Bars([]Bar{
		{Label: "DNS", Length: 10 * time.Millisecond},
		{Label: "First byte", Start: 10 * time.Millisecond, Length: 30 * time.Millisecond, Failed: true},
	}))
	require.Contains(t, got, `x="0.00" width="25.00"`)
	require.Contains(t, got, `x="25.00" width="75.00"`)
	require.Contains(t, got, `class="phase failed"`)
	require.Contains(t, got, "30 ms")
	require.Contains(t, got, "failed after", "not by colour alone")
	require.Contains(t, html(t, Bars([]Bar{{Label: "DNS"}})), `width="0"`, "nothing measured is no division by zero")

	short := html(t, Bars([]Bar{{Label: "DNS", Length: 100 * time.Millisecond}, {Label: "Body", Start: 100 * time.Millisecond}}))
	require.Contains(t, short, `x="99.01" width="0.99"`, "the shortest bar is seen, inside the axis")
}

func TestEveryKindHasAnIcon(t *testing.T) {
	for _, kind := range []Kind{OK, Bad, Warn, Muted} {
		require.NotEmpty(t, icons[kind.icon()], kind)
		got := html(t, Pill(kind, "Word"))
		require.Contains(t, got, "<path", "never by colour alone")
		require.Contains(t, got, "Word")
	}
}
