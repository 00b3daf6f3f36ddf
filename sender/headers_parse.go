package sender

import (
	"strings"

	"iozen/store"
)

// ParseHeaders reads the textarea: one header per line, the first colon splits, blank lines are skipped.
// Lines copied out of a curl command (-H 'Name: value' \) are understood. A value that is the Mask keeps
// what is stored under that name. With any problem the headers are not to be saved.
func ParseHeaders(text string) (headers []store.HeaderChange, problems, notes []LineProblem) {
	lines := splitHeaderLines(text)
	problems, notes = checkLines(lines)
	for _, l := range lines {
		headers = append(headers, l.HeaderChange)
	}
	return headers, problems, notes
}

// HeaderLine is the textarea line of the header at an index of what ParseHeaders returned, for a problem
// that only the store can see (KeepError).
func HeaderLine(text string, index int) int {
	if lines := splitHeaderLines(text); index < len(lines) {
		return lines[index].number
	}
	return 1
}

func splitHeaderLines(text string) []headerLine {
	var lines []headerLine
	for i, line := range strings.Split(text, "\n") {
		line = uncurl(strings.TrimSpace(line))
		if line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			name = "" // "use Header-Name: value"; the text may be a secret, so nothing of it is kept
		}
		h := store.HeaderChange{Name: strings.TrimSpace(name)}
		if value = strings.TrimSpace(value); value != Mask {
			h.Value = &value
		}
		lines = append(lines, headerLine{number: i + 1, HeaderChange: h})
	}
	return lines
}

// uncurl takes the header out of a pasted -H 'Name: value' \.
func uncurl(line string) string {
	rest, ok := strings.CutPrefix(line, "-H")
	if !ok {
		if rest, ok = strings.CutPrefix(line, "--header"); !ok {
			return line
		}
		rest = strings.TrimPrefix(rest, "=")
	}
	rest = strings.TrimSpace(strings.TrimSuffix(rest, `\`))
	if len(rest) >= 2 && (rest[0] == '\'' || rest[0] == '"') && rest[len(rest)-1] == rest[0] {
		return rest[1 : len(rest)-1]
	}
	return rest
}
