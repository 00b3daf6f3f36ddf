package target

import (
	"regexp"
	"slices"
	"strings"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/text"
)

// ParseHeaders reads the textarea: one header per line, the first colon splits, blank lines are skipped. What people paste
// is understood: a command of curl, wget or HTTPie, over several lines or on one, and what a program writes, JSON,
// JavaScript, Python or PHP. A line that is something else (a comment, an address, a user's name and password) is refused,
// never taken for a header. A value that is the Mask keeps the value stored under that name. With any problem the headers
// must not be saved.
func ParseHeaders(typed string) (headers []store.HeaderChange, problems, notes []LineProblem) {
	lines, problems, notes := readHeaderLines(typed)
	wrong, odd := checkLines(lines)
	for _, l := range lines {
		headers = append(headers, l.HeaderChange)
	}
	return headers, append(problems, wrong...), append(notes, odd...)
}

// HeaderLine is the textarea line of the header at an index of what ParseHeaders returned, for a problem that only the
// store can detect (KeepError).
func HeaderLine(typed string, index int) int {
	if lines, _, _ := readHeaderLines(typed); index < len(lines) {
		return lines[index].number
	}
	return 1
}

// maxProblemLines bounds what is read once it is clear that the headers cannot be saved: a text may be a megabyte.
const (
	maxProblemLines = 2 * maxHeaders
	maxCommandLines = 1000 // with a payload of some size
)

// readHeaderLines reads a text line by line or, where that fails, as the code of a program that contains headers.
func readHeaderLines(typed string) (lines []headerLine, problems, notes []LineProblem) {
	lines, problems, notes = readEachLine(typed)
	wrong, _ := checkLines(lines)
	if len(problems)+len(wrong) == 0 {
		return lines, problems, notes
	}
	if inCode, odd, found := headersInCode(typed); found {
		if wrong, _ := checkLines(inCode); len(wrong) == 0 {
			return inCode, nil, odd
		}
	}
	return lines, problems, notes
}

func readEachLine(typed string) (lines []headerLine, problems, notes []LineProblem) {
	all := strings.Split(typed, "\n")
	for i, line := range all {
		var note string
		if all[i], note = visibleLine(line); note != "" && len(notes) < maxProblemLines {
			notes = append(notes, LineProblem{i + 1, note})
		}
	}
	hasCommand := slices.ContainsFunc(all, func(line string) bool { return programOf(line) != "" })
	unclosed := false // what is not closed once is not read to the end again
	for i := 0; i < len(all) && len(problems) < maxProblemLines && len(lines) <= maxProblemLines; i++ {
		line := strings.TrimSpace(all[i])
		begins := !unclosed && beginsLiteral(line)
		if strings.Trim(line, "{}[]()<>,;") == "" && !begins || fence.MatchString(line) || title.MatchString(line) || hasCommand && remark.MatchString(line) && programOf(line) == "" {
			continue
		}
		if programOf(line) != "" {
			cmd := readCommand(all[i:min(len(all), i+maxCommandLines)], i+1)
			if len(cmd.headers)+len(cmd.problems) == 0 {
				cmd.problems = []LineProblem{{i + 1, "this command has no headers, so nothing was changed"}}
			}
			lines, problems, notes = append(lines, cmd.headers...), append(problems, cmd.problems...), append(notes, cmd.notes...)
			i += cmd.length - 1
			continue
		}
		if begins {
			lit := readLiteral(strings.TrimLeft(strings.Join(all[i:], "\n"), " \t"), i+1)
			if unclosed = !lit.closed; unclosed && strings.Trim(line, "{[") == "" {
				continue // the lines that follow are read one by one
			}
			lines, problems = append(lines, lit.headers...), append(problems, lit.problems...)
			i += lit.length - 1
			continue
		}
		read, problem, note := readHeaderLine(line, i+1)
		lines = append(lines, read...)
		if problem != "" {
			problems = append(problems, LineProblem{i + 1, problem})
		}
		if note != "" {
			notes = append(notes, LineProblem{i + 1, note})
		}
	}
	return lines, problems, notes
}

// visibleLine is what a person sees of a line, and what was done to make it so.
func visibleLine(line string) (visible, note string) {
	plain, odd := text.PlainSpaces(line)
	plain, hidden := text.Strip(plain)
	if strings.TrimSpace(plain) == "" {
		return plain, ""
	}
	var done []string
	if len(hidden) > 0 {
		done = append(done, text.Words(hidden)+" taken out")
	}
	if len(odd) > 0 {
		done = append(done, text.Words(odd)+" made a plain space")
	}
	return plain, strings.Join(done, ", ")
}

var (
	fence     = regexp.MustCompile("^(?:```|~~~)[\\w-]*$")
	title     = regexp.MustCompile(`^(?i:(?:custom |http |request )?headers?):?$`) // of a list, in YAML or prose
	remark    = regexp.MustCompile(`^(?:#|//)`)                                    // of a script, where that is a command with what stands around it
	comment   = regexp.MustCompile(`^(?:#|//|/\*|\*/|;|<!--|--)`)
	bullet    = regexp.MustCompile(`^(?:[-*•>]|\d{1,2}[.)])\s+`)
	anyURL    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	hostPort  = regexp.MustCompile(`^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|localhost):\d{1,5}(?:[/?]\S*)?$`)
	bareToken = regexp.MustCompile(`^[A-Za-z0-9]+$`)
)

const isURL = "this is a URL. It belongs into Webhook URL; here is room for Header-Name: value"

// label is what documents write before a header.
var label = regexp.MustCompile(`^(?i:(?:custom |http |request )?headers?):\s+([A-Za-z0-9][\w.-]*:\s)`)

// wordNames are names of headers in one word. Another word before a colon that no space follows is rather the name of
// a user before a password.
var wordNames = regexp.MustCompile(`^(?i)(?:accept|authorization|auth|cookie|date|dnt|forwarded|from|key|apikey|link|origin|pragma|prefer|priority|range|referer|referrer|secret|session|signature|tenant|tenantid|token|accesstoken|authtoken|via|warning|host|te|trailer|upgrade|expect|connection|digest)$`)

// readHeaderLine reads a line by itself, without the space around it.
func readHeaderLine(line string, number int) (lines []headerLine, problem, note string) {
	line = label.ReplaceAllString(bullet.ReplaceAllString(line, ""), "$1")
	switch {
	case comment.MatchString(line):
		return nil, "comments cannot stand here. Remove this line, or what makes it a comment", ""
	case anyURL.MatchString(line):
		return nil, isURL, ""
	case hostPort.MatchString(line):
		return nil, "this looks like an address with a port. Use Header-Name: value", ""
	case strings.ContainsAny(line[:1], quoteMarks):
		return readQuotedLine(line, number)
	}
	name, value, _ := strings.Cut(line, ":")
	if value != "" && strings.TrimLeft(value, " \t") == value && bareToken.MatchString(name) && !wordNames.MatchString(name) {
		return nil, "put a space after the colon if " + name + " is a header's name. For a user name and password use Authorization: Basic and both in base64", ""
	}
	h := headerOf(line, number)
	if h.Value != nil {
		if bare, unquoted := withoutQuotes(*h.Value); unquoted {
			h = headerOf(h.Name+": "+bare, number)
			note = "the quotation marks around the value were left out"
		}
	}
	return []headerLine{h}, "", note
}

const quoteMarks = "\"'`"

// readQuotedLine reads a line of code: "Name": "value", 'Name' => 'value', or the whole header in quotation marks.
func readQuotedLine(line string, number int) (lines []headerLine, problem, note string) {
	lit := readLiteral("["+strings.TrimRight(line, ",; ")+"]", number)
	if !lit.closed || len(lit.problems) > 0 || len(lit.headers) == 0 {
		return nil, "this line of code is not understood. Use Header-Name: value", ""
	}
	return lit.headers, "", ""
}

// withoutQuotes takes the quotation marks off a value that is wholly within a pair of them, as in code and documents.
func withoutQuotes(value string) (bare string, unquoted bool) {
	value = strings.TrimRight(value, ",; ")
	for _, pair := range [][2]string{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"‘", "’"}, {"«", "»"}} {
		inner, begins := strings.CutPrefix(value, pair[0])
		inner, ends := strings.CutSuffix(inner, pair[1])
		if begins && ends && inner != "" && !strings.ContainsAny(inner, pair[0]+pair[1]) {
			return inner, true
		}
	}
	return "", false
}

func headerOf(typed string, number int) headerLine {
	name, value, found := strings.Cut(typed, ":")
	if !found {
		name = "" // "use Header-Name: value"; the text may be a secret, so nothing of it is kept
	}
	h := store.HeaderChange{Name: strings.TrimSpace(name)}
	if value = strings.TrimSpace(value); value != event.Mask {
		h.Value = &value
	}
	return headerLine{number: number, HeaderChange: h}
}
