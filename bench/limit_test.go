package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheFloorIsWhatProcessorsCanDoThatDoNothingElse(t *testing.T) {
	for _, c := range []struct {
		name       string
		processors int
		bare       taken
		storage    float64
		want       float64
	}{
		{"nothing stored", 1, taken{own: 10, around: 10}, 0, 50_000},
		{"as much again for storing", 1, taken{own: 10, around: 10}, 20, 25_000},
		{"two processors", 2, taken{own: 10, around: 10}, 20, 50_000},
		{"what is around counts as much", 2, taken{own: 5, around: 15}, 20, 50_000},
		{"how fast the bare loop was does not matter", 2, taken{rate: 7, own: 5, around: 15}, 20, 50_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.InDelta(t, c.want, floorRate(c.processors, c.bare, c.storage), 1e-6)
		})
	}
}

func TestWhatIsComparedAreMedians(t *testing.T) {
	c := &compared{what: "work", events: 1000}
	c.add(taken{rate: 900, own: 100, commits: 100}, taken{rate: 5000, own: 30}, 20)
	c.add(taken{rate: 1000, own: 120, commits: 10}, taken{rate: 4000, own: 40}, 30)
	c.add(taken{rate: 5000, own: 110, commits: 50}, taken{rate: 1000, own: 10}, 10)
	rows := c.rows("≥ 0.70", "≥ 0.20")
	require.Equal(t, row{"work (limit: bare loop)", "1000/s", "4000/s", "0.25", "≥ 0.20"}, rows[1])
	require.Equal(t, "work (limit: floor)", rows[0].what)
	require.Equal(t, "≥ 0.70", rows[0].goal)
	require.Equal(t, cost{"work", "110 µs", "30 µs", "20 µs", "0.45", "20"}, c.cost())
}

func TestAMedianIsTheMiddleOne(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{
		{[]float64{1, 2, 3}, 2},
		{[]float64{3, 1, 2}, 2},
		{[]float64{5, 5, 1}, 5},
		{[]float64{9, 1, 8, 2, 7}, 7},
		{[]float64{4}, 4},
	} {
		require.Equal(t, c.want, median(c.of), c.of)
		require.Equal(t, 2*c.want, medianOf(c.of, func(n float64) float64 { return 2 * n }), c.of)
	}
}

func TestTheProcessorTimeOfAProcessIsReadWhateverItsName(t *testing.T) {
	for _, c := range []struct {
		stat string
		want time.Duration
	}{
		{"12 (iozen) S 1 12 12 0 -1 4194304 900 0 0 0 150 50 0 0 20 0 9 0 1", 2 * time.Second},
		{"12 (a) b) (c) S 1 12 12 0 -1 4194304 900 0 0 0 3 4 0 0 20 0 9 0 1", 70 * time.Millisecond},
		{"12 (x 1 2 3) R 1 12 12 0 -1 4194304 900 0 0 0 0 0 7 7 20 0 9 0 1", 0},
	} {
		used, err := parseUsed(c.stat)
		require.NoError(t, err)
		require.Equal(t, c.want, used, c.stat)
	}
	for _, broken := range []string{"", "12 (iozen) S 1 12", "12 (iozen) S 1 12 12 0 -1 4194304 900 0 0 0 x 50", "12 (iozen) S 1 12 12 0 -1 4194304 900 0 0 0 1 y"} {
		_, err := parseUsed(broken)
		require.Error(t, err, broken)
	}
}

func TestASampleBelongsToTheFirstPartThatItsStackNames(t *testing.T) {
	for _, c := range []struct {
		want  string
		stack []string
	}{
		{"writer", []string{"modernc.org/sqlite/lib._sqlite3VdbeExec", "iozen/store/db.(*stmts).exec", "iozen/store/db.(*writer).try", "iozen/store/db.(*writer).loop"}},
		{"memory", []string{"runtime.nextFreeFast", "runtime.mallocgc", "iozen/store/db.(*writer).loop"}},
		{"memory", []string{"runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"}},
		{"HTTP in", []string{"encoding/json.Unmarshal", "iozen/handlers.apiEvents", "net/http.(*conn).serve"}},
		{"HTTP in", []string{"syscall.read", "net/http.(*connReader).backgroundRead"}},
		{"HTTP out", []string{"syscall.write", "net/http.(*persistConn).writeLoop"}},
		{"HTTP out", []string{"iozen/sender/attempt.(*Client).Attempt", "iozen/sender/engine.(*Engine).work"}},
		{"engine", []string{"iozen/sender/engine.(*Engine).dispatch", "iozen/sender/engine.(*Engine).loop"}},
		{"scheduler", []string{"runtime.futex", "runtime.findRunnable", "runtime.schedule", "runtime.park_m", "runtime.mcall"}},
		{"the rest", []string{"time.Now"}},
		{"the rest", nil},
	} {
		require.Contains(t, serverParts[partOf(c.stack)].name, c.want, c.stack)
	}
}

func TestAProfileIsSplitByItsSamples(t *testing.T) {
	parts, err := splitTraces("File: iozen\nType: cpu\n" +
		"-----------+-----\n   10000us   runtime.futex\n             runtime.schedule (inline)\n" +
		"-----------+-----\n   20000us   x\n             iozen/store/db.(*writer).loop\n" +
		"-----------+-----\n   30000us   iozen/store/db.(*writer).loop\n" +
		"-----------+-----\n")
	require.NoError(t, err)
	require.Equal(t, []time.Duration{0, 50 * time.Millisecond, 0, 0, 0, 10 * time.Millisecond, 0}, parts)
	_, err = splitTraces("-----------+-----\n   soon   runtime.futex\n")
	require.Error(t, err)
}
