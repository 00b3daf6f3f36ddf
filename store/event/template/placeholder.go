package template

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/event/field"
	"iozen/store/strictjson"
)

// placeholder is {{field | filter | …}} at its place in a template.
type placeholder struct {
	Placeholder
	path    field.Path
	filters []filter
}

// Placeholder tells where a template makes a value of a field.
type Placeholder struct {
	Source       string // as it stands in the template: {{user_data.email | lower}}
	Field        string // user_data.email
	Line, Column int
	Pointer      string   // JSON Pointer into the document that is made; "" in a message
	Names        []string // plain texts beside it in the same object, which may name it: {"name": "email", "value": …}
}

const opening, closing = "{{", "}}"

// scanner reads the placeholders of one text. at says where in the template a byte of the text stands.
type scanner struct {
	*parser
	text string
	at   func(int) int
	pos  int
}

// parts splits a text into plain pieces and placeholders. Problems are recorded; the rest of the text is read all the
// same.
func (p *parser) parts(text string, at func(int) int) (parts []part) {
	s := scanner{p, text, at, 0}
	for {
		next := strings.Index(text[s.pos:], opening)
		if next < 0 || p.enough() {
			return appendPlain(parts, text[s.pos:])
		}
		parts = appendPlain(parts, text[s.pos:s.pos+next])
		s.pos += next
		if p.begun++; p.begun > MaxPlaceholders {
			s.refuse(s.pos, "a template has at most %d placeholders; this is one too many", MaxPlaceholders)
			return parts
		}
		before := len(p.problems)
		begin := s.pos
		one, closed := s.placeholder()
		if !closed {
			return parts
		}
		if len(p.problems) > before {
			continue
		}
		one.Source = text[begin:s.pos]
		one.Line, one.Column = place(p.text, at(begin))
		p.all = append(p.all, one)
		parts = append(parts, part{placeholder: one})
	}
}

func appendPlain(parts []part, text string) []part {
	if text == "" {
		return parts
	}
	return append(parts, part{text: text})
}

// placeholder reads one from its opening brackets on; closed is false if no more can be read of the text.
func (s *scanner) placeholder() (one *placeholder, closed bool) {
	begin := s.pos
	s.pos += len(opening)
	one = &placeholder{}
	name, at := s.until()
	s.readField(one, name, at)
	for s.take("|") {
		if !s.filter(one) {
			break
		}
	}
	if s.take(closing) {
		return one, true
	}
	if end := strings.Index(s.text[s.pos:], closing); end >= 0 && !strings.Contains(s.text[s.pos:s.pos+end], opening) {
		if len(s.problems) == 0 || !s.reported(begin) {
			s.refuse(s.pos, "| and a filter, or }}, should come here")
		}
		s.pos += end + len(closing)
		return one, true
	}
	s.refuse(begin, "this placeholder is not closed; end it with }}")
	return one, false
}

// reported says whether a problem was found since the placeholder began.
func (s *scanner) reported(begin int) bool {
	line, column := place(s.parser.text, s.at(begin))
	last := s.problems[len(s.problems)-1]
	return last.Line > line || last.Line == line && last.Column > column
}

func (s *scanner) refuse(pos int, format string, args ...any) {
	s.parser.refuse(s.at(pos), format, args...)
}

// until reads up to the next sign of a placeholder, and says where the word begins.
func (s *scanner) until() (word string, at int) {
	s.space()
	at = s.pos
	end := len(s.text)
	for _, sign := range []string{"|", closing, opening} {
		if i := strings.Index(s.text[at:], sign); i >= 0 {
			end = min(end, at+i)
		}
	}
	s.pos = end
	return strings.TrimSpace(s.text[at:end]), at
}

func (s *scanner) readField(one *placeholder, name string, at int) {
	path, problem := field.Parse(name)
	if problem != "" {
		s.refuse(at, "%s", problem)
	}
	one.path, one.Field = path, name
}

// filter reads one filter behind its bar. It returns false if it cannot read on.
func (s *scanner) filter(one *placeholder) bool {
	s.space()
	at := s.pos
	for s.pos < len(s.text) && isWord(s.text[s.pos]) {
		s.pos++
	}
	name := s.text[at:s.pos]
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == strings.ToLower(name) })
	if i < 0 {
		if name == "" {
			s.refuse(at, "the name of a filter is missing, such as lower")
		} else {
			s.refuse(at, "%s", noFilter(name))
		}
		return s.skipArgument()
	}
	k := kinds[i]
	arg, ok := s.argument(k)
	if !ok {
		return false
	}
	s.addFilter(one, k, arg, at)
	return true
}

func (s *scanner) addFilter(one *placeholder, k kind, arg argument, at int) {
	switch {
	case arg.given && k.arg == "":
		s.refuse(at, "%s takes no value; remove the “:” and what follows it", k.name)
		return
	case !arg.given && k.arg != "" && !k.optional:
		s.refuse(at, "%s needs a value, such as %s:%s", k.name, k.name, k.arg)
		return
	case len(one.filters) == MaxFilters:
		s.refuse(at, "a placeholder has at most %d filters", MaxFilters)
		return
	}
	if k.name == "e164" {
		if s.phones++; s.phones == MaxPhones+1 {
			s.refuse(at, "e164 may be used at most %d times", MaxPhones)
		}
	}
	made, problem := k.make(arg)
	if problem != "" {
		s.refuse(at, "%s", problem)
	}
	made.name, made.quick = k.name, k.quick
	one.filters = append(one.filters, made)
}

func noFilter(name string) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	other := map[string]string{
		"lowercase": "lower", "downcase": "lower", "uppercase": "upper", "upcase": "upper", "strip": "trim", "sha": "sha256", "hash": "sha256", "sha_256": "sha256",
		"phone": "e164", "timestamp": "unix", "int": "number", "integer": "number", "float": "number", "tojson": "json", "to_json": "json", "or": "default", "fallback": "default",
	}
	if meant := other[strings.ToLower(name)]; meant != "" {
		return fmt.Sprintf("there is no filter %s. Did you mean %s?", name, meant)
	}
	return fmt.Sprintf("there is no filter %s. There are %s", name, strings.Join(names, ", "))
}

// argument reads what stands behind a colon: a text in quotes, or a number, true or false without.
func (s *scanner) argument(k kind) (arg argument, ok bool) {
	if !s.take(":") {
		return argument{}, true
	}
	s.space()
	at := s.pos
	if s.pos < len(s.text) && (s.text[at] == '\'' || s.text[at] == '"') {
		text, closed := s.quoted(s.text[at])
		if !closed {
			s.refuse(at, "this value is not closed; end it with %c", s.text[at])
		}
		return argument{text: text, given: true}, closed
	}
	for s.pos < len(s.text) && s.text[s.pos] != '|' && s.text[s.pos] != '}' {
		s.pos++
	}
	bare := strings.TrimSpace(s.text[at:s.pos])
	if k.name == "default" && (bare == "true" || bare == "false" || isNumber(bare)) {
		return argument{text: bare, bare: true, given: true}, true
	}
	example := k.arg
	if example == "" {
		example = "'x'"
	}
	s.refuse(at, "write the value in quotes, such as %s:%s", k.name, example)
	return argument{}, false
}

func isNumber(text string) bool {
	const most = 40
	return len(text) <= most && strictjson.IsNumberText(text)
}

// quoted reads a text in quotes; a quote inside is written twice.
func (s *scanner) quoted(quote byte) (text string, closed bool) {
	var b strings.Builder
	for i := s.pos + 1; i < len(s.text); i++ {
		switch {
		case s.text[i] != quote:
			b.WriteByte(s.text[i])
		case i+1 < len(s.text) && s.text[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			s.pos = i + 1
			return b.String(), true
		}
	}
	return "", false
}

// skipArgument steps over the value of a filter that does not exist, so that what follows is read too.
func (s *scanner) skipArgument() bool {
	if !s.take(":") {
		return true
	}
	s.space()
	if s.pos < len(s.text) && (s.text[s.pos] == '\'' || s.text[s.pos] == '"') {
		_, closed := s.quoted(s.text[s.pos])
		return closed
	}
	for s.pos < len(s.text) && s.text[s.pos] != '|' && s.text[s.pos] != '}' {
		s.pos++
	}
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if trimmed(string(r)) != "" {
			return
		}
		s.pos += size
	}
}

// take steps over a sign, if it comes next.
func (s *scanner) take(sign string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.pos:], sign) {
		return false
	}
	s.pos += len(sign)
	return true
}

func isWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}

func quoted(text string) string { return "“" + text + "”" }
