package e2e

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tortureRow holds the figures of one kind of fault. An event is never missing: the run would have failed.
type tortureRow struct {
	what       string
	rounds     int
	accepted   int // events answered with 202
	refused    int // with 503 or 429
	arrived    int // requests at the endpoint
	duplicates int
	took       time.Duration
}

// The table is between these lines; the text around them is written by hand.
const (
	tortureBegins = "<!-- make torture writes from here -->\n"
	tortureEnds   = "<!-- to here -->\n"
)

func writeTortureTable(path string, rows []tortureRow) error {
	if len(rows) == 0 {
		return nil
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(page), tortureBegins)
	_, after, ends := strings.Cut(rest, tortureEnds)
	if !begins || !ends {
		return errors.New(path + ": the lines between which the table goes are missing")
	}
	return os.WriteFile(path, []byte(before+tortureBegins+tortureTable(rows)+tortureEnds+after), 0o644)
}

func tortureTable(rows []tortureRow) string {
	var t strings.Builder
	fmt.Fprintf(&t, `Run on %s: %s, %s/%s, %d CPUs.

| torture | rounds | accepted | refused | arrived | missing | twice | took |
| --- | --- | --- | --- | --- | --- | --- | --- |
`, time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, r := range rows {
		fmt.Fprintf(&t, "| %s | %d | %d | %d | %d | 0 | %d | %s |\n", r.what, r.rounds, r.accepted, r.refused, r.arrived, r.duplicates, r.took.Round(time.Second))
	}
	return t.String()
}

func TestATortureRunLeavesWhatIsWrittenByHand(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/torture.md")
	require.NoError(t, err)
	copied := t.TempDir() + "/torture.md"
	require.NoError(t, os.WriteFile(copied, page, 0o600))
	require.NoError(t, writeTortureTable(copied, []tortureRow{{"kill -9", 100, 5000, 0, 5003, 3, time.Minute}}))
	got, err := os.ReadFile(copied)
	require.NoError(t, err)
	require.Contains(t, string(got), "| kill -9 | 100 | 5000 | 0 | 5003 | 0 | 3 | 1m0s |\n")
	require.Contains(t, string(got), "## What is done")
}
