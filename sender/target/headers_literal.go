package target

import (
	"regexp"
	"strconv"
	"strings"

	"iozen/store"
	"iozen/store/event"
)

// literal is what a value in a program's text says about headers: an object or a list in JSON, JavaScript, Python or
// PHP. Its members are headers; a member "headers" holds all of them; {"name": …, "value": …} is one.
type literal struct {
	headers  []headerLine
	problems []LineProblem
	length   int // lines
	closed   bool
}

// literalStart is an object or list, with the name that it is given in code before it.
var literalStart = regexp.MustCompile(`^(?:(?:const|let|var|final)\s+)?(?:["'` + "`" + `$]?[\w.]*[Hh]eaders?["'` + "`" + `]?\s*(?:=>|[:=])\s*)?(?:array\s*|new\s+Headers\s*\(\s*)?[{\[(]`)

const notClosed = "what begins here is not closed or not understood. Use Header-Name: value"

func beginsLiteral(line string) bool { return literalStart.MatchString(line) }

// readLiteral reads the literal that a text begins with; number is the line of the text's first.
func readLiteral(text string, number int) literal {
	start := literalStart.FindString(text)
	r := literalReader{text: text, at: len(start) - 1, line: number + strings.Count(start, "\n")}
	lit := literal{}
	value, ok := r.value()
	lit.closed, lit.length = ok, r.line-number+1
	if rest, _, _ := strings.Cut(r.text[r.at:], "\n"); ok && strings.Trim(rest, " \t\r,;)}]") != "" {
		lit.problems = append(lit.problems, LineProblem{r.line, "this line of code is not understood. Use Header-Name: value"})
		return lit
	}
	if !ok {
		lit.problems = append(lit.problems, LineProblem{number, notClosed})
		return lit
	}
	lit.take(value)
	if len(lit.headers)+len(lit.problems) == 0 {
		lit.problems = append(lit.problems, LineProblem{number, "there are no headers in this, so nothing was changed"})
	}
	return lit
}

// literalValue is a string, a list (its members have no names), or code, which is neither.
type literalValue struct {
	kind    byte // " [ {, or 0 for code
	text    string
	line    int
	members []literalMember
}

type literalMember struct {
	name  string
	value literalValue
}

// take collects the headers of an object or list.
func (l *literal) take(v literalValue) {
	byName := map[string]literalValue{}
	for _, m := range v.members {
		byName[strings.ToLower(m.name)] = m.value
	}
	if inner, found := byName["headers"]; found && (inner.kind == '{' || inner.kind == '[') {
		l.take(inner)
		return
	}
	name := byName["name"]
	if name.kind == 0 {
		name = byName["key"]
	}
	if value := byName["value"]; name.kind == '"' && value.kind == '"' {
		l.add(name.text, value)
		return
	}
	for _, m := range v.members {
		switch {
		case m.name == "" && m.value.kind == '"':
			l.headers = append(l.headers, headerOf(m.value.text, m.value.line))
		case m.name == "" && m.value.kind != 0:
			l.take(m.value)
		case m.value.kind == '"':
			l.add(m.name, m.value)
		default:
			l.problems = append(l.problems, LineProblem{m.value.line, "this value is code or a number. Use Header-Name: value"})
		}
	}
}

func (l *literal) add(name string, value literalValue) {
	h := store.HeaderChange{Name: strings.TrimSpace(name)}
	if text := strings.TrimSpace(value.text); text != event.Mask {
		h.Value = &text
	}
	l.headers = append(l.headers, headerLine{number: value.line, HeaderChange: h})
}

// literalReader is the state of reading a literal.
type literalReader struct {
	text  string
	at    int
	line  int
	depth int
}

// deepest is how many lists may be nested; headers are in three at most.
const deepest = 20

var (
	bareName  = regexp.MustCompile(`^[A-Za-z0-9_$][A-Za-z0-9_$.-]*`)
	separator = regexp.MustCompile(`^(?:=>|:|=)`)
)

func (r *literalReader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		if r.text[r.at] == '\n' {
			r.line++
		}
		r.at++
	}
}

func (r *literalReader) next() byte {
	if r.space(); r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// value reads a string, a list or code; ok is false where the text ends before it.
func (r *literalReader) value() (v literalValue, ok bool) {
	switch c := r.next(); c {
	case 0:
		return v, false
	case '"', '\'', '`':
		return r.quoted(c)
	case '{', '[', '(':
		return r.list(map[byte]byte{'{': '}', '[': ']', '(': ')'}[c])
	}
	v.line = r.line
	end := strings.IndexAny(r.text[r.at:], ",}])\n")
	if end < 0 {
		return v, false
	}
	r.at += end
	return v, true
}

func (r *literalReader) quoted(mark byte) (v literalValue, ok bool) {
	v = literalValue{kind: '"', line: r.line}
	var b strings.Builder
	for r.at++; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		switch {
		case c == mark:
			r.at++
			v.text = b.String()
			return v, true
		case c == '\n':
			return v, false // headers do not continue on the next line
		case c == '\\' && r.at+1 < len(r.text):
			escaped, length := unescape(r.text[r.at:])
			b.WriteString(escaped)
			r.at += length - 1
		default:
			b.WriteByte(c)
		}
	}
	return v, false
}

func (r *literalReader) list(end byte) (v literalValue, ok bool) {
	v = literalValue{kind: '{', line: r.line}
	if r.depth++; r.depth > deepest {
		return v, false
	}
	defer func() { r.depth-- }()
	r.at++
	for {
		switch r.next() {
		case 0:
			return v, false
		case end:
			r.at++
			return v, true
		case ',':
			r.at++
			continue
		}
		m, ok := r.member()
		if !ok {
			return v, false
		}
		v.members = append(v.members, m)
		ended := r.line
		c := r.next()
		if c == ';' || r.line > ended && (strings.IndexByte(quoteMarks, c) >= 0 || bareName.MatchString(r.text[r.at:])) {
			if c == ';' { // PowerShell, which takes a new line as well
				r.at++
			}
			continue
		}
		if c != ',' && c != end { // put together by code: 'Bearer ' + token
			last := &v.members[len(v.members)-1]
			last.value.kind = 0
			skip := strings.IndexAny(r.text[r.at:], ",\n"+string(end))
			if skip < 0 {
				return v, false
			}
			r.at += skip
		}
	}
}

// member reads name: value, or a value alone.
func (r *literalReader) member() (m literalMember, ok bool) {
	c := r.next()
	if name := bareName.FindString(r.text[r.at:]); name != "" {
		before := *r
		r.at += len(name)
		r.space()
		if sep := separator.FindString(r.text[r.at:]); sep != "" {
			r.at += len(sep)
			m.name = name
			m.value, ok = r.value()
			return m, ok
		}
		*r = before
	}
	if m.value, ok = r.value(); !ok || strings.IndexByte(quoteMarks, c) < 0 {
		return m, ok
	}
	r.space()
	if sep := separator.FindString(r.text[r.at:]); sep != "" {
		r.at += len(sep)
		m.name = m.value.text
		m.value, ok = r.value()
	}
	return m, ok
}

// unescape reads what a backslash begins; length is that of its writing.
func unescape(text string) (plain string, length int) {
	switch c := text[1]; c {
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'u':
		if len(text) >= 6 {
			if code, err := strconv.ParseUint(text[2:6], 16, 16); err == nil {
				return string(rune(code)), 6
			}
		}
	}
	return text[1:2], 2
}
