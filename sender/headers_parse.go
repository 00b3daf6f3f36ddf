package sender

import (
	"encoding/json"
	"strings"

	"iozen/store"
)

// ParseHeaders reads the textarea: one header per line, the first colon splits, blank lines are skipped. What
// people paste is understood: a curl command with its -H options, over several lines or on one, and lines of a
// JSON object. A value that is the Mask keeps what is stored under that name. With any problem the headers are
// not to be saved.
func ParseHeaders(text string) (headers []store.HeaderChange, problems, notes []LineProblem) {
	lines, problems, notes := readHeaderLines(text)
	wrong, odd := checkLines(lines)
	for _, l := range lines {
		headers = append(headers, l.HeaderChange)
	}
	return headers, append(problems, wrong...), append(notes, odd...)
}

// HeaderLine is the textarea line of the header at an index of what ParseHeaders returned, for a problem
// that only the store can see (KeepError).
func HeaderLine(text string, index int) int {
	if lines, _, _ := readHeaderLines(text); index < len(lines) {
		return lines[index].number
	}
	return 1
}

func readHeaderLines(text string) (lines []headerLine, problems, notes []LineProblem) {
	typed := strings.Split(text, "\n")
	for i := 0; i < len(typed); i++ {
		line := strings.TrimSpace(invisible.Replace(typed[i]))
		if len(line) < len(strings.TrimSpace(typed[i])) {
			notes = append(notes, LineProblem{i + 1, "invisible characters were left out"})
		}
		switch {
		case isCurl(line):
			cmd := readCurl(typed[i:], i+1)
			lines = append(lines, cmd.headers...)
			problems, notes = append(problems, cmd.problems...), append(notes, cmd.notes...)
			i += cmd.length - 1
		case strings.Trim(line, "{},") != "":
			lines = append(lines, headerOf(unquoteJSON(line), i+1))
		}
	}
	return lines, problems, notes
}

// invisible is what comes along with text copied from pages and documents, and makes a good token a bad one.
var invisible = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "")

func headerOf(text string, number int) headerLine {
	name, value, found := strings.Cut(text, ":")
	if !found {
		name = "" // "use Header-Name: value"; the text may be a secret, so nothing of it is kept
	}
	h := store.HeaderChange{Name: strings.TrimSpace(name)}
	if value = strings.TrimSpace(value); value != Mask {
		h.Value = &value
	}
	return headerLine{number: number, HeaderChange: h}
}

// unquoteJSON turns a line of a JSON object, "Name": "value", into Name: value.
func unquoteJSON(line string) string {
	var member map[string]string
	if err := json.Unmarshal([]byte("{"+strings.TrimSuffix(line, ",")+"}"), &member); err != nil || len(member) != 1 {
		return line
	}
	for name, value := range member {
		line = name + ": " + value
	}
	return line
}
