//go:build !race

package target

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is not headers costs in proportion to its size. Under the race detector it costs thirty times as much, which says nothing
// more: make test runs this package without it, too.
func TestMuchNonsenseIsRefusedInProportion(t *testing.T) {
	for name, line := range map[string]string{
		"braces": "{\n", "lists": "[[", "objects": "{\"a\":\n", "options": "-H \"a: b\"\n", "commands": "curl x.y\n", "quotes": "curl '\n", "words": "x\n",
		"invisible": "\u200bx: y\n", "colons": ":\n", "headers": "a: b\n", "carets": "curl ^\n", "dashes": "—a ", "prompts": "$ > # ", "nested": "{a:[{a:[",
	} {
		part, whole := readingTime(t, line, 1<<13), readingTime(t, line, 1<<17)
		// In proportion it is 16 times as much; where each line is held against each, 256 times.
		require.Less(t, whole, 64*part+3*time.Second, "%s: a part took %s", name, part)
	}
}

// readingTime is the processor time that it takes to read a line again and again, up to a size: a busy machine adds none.
func readingTime(t *testing.T, line string, size int) time.Duration {
	t.Helper()
	text := strings.Repeat(line, size/len(line))
	began := processorTime(t)
	ParseHeaders(text)
	HeaderLine(text, 3)
	return processorTime(t) - began
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
