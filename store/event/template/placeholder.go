package template

import (
	"strings"
	"unicode/utf8"

	"iozen/store/event/field"
	"iozen/store/text"
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
			s.refuseForeign(text[s.pos:], s.pos)
			return appendPlain(parts, text[s.pos:])
		}
		s.refuseForeign(text[s.pos:s.pos+next], s.pos)
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
	return text.Trim(s.text[at:end]), at
}

func (s *scanner) readField(one *placeholder, name string, at int) {
	path, problem := field.Parse(name)
	if isBlock(name) {
		problem = noBlocks
	}
	if problem != "" {
		s.refuse(at, "%s", problem)
	}
	one.path, one.Field = path, name
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if text.Trim(string(r)) != "" {
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

func quoted(what string) string { return "“" + what + "”" }
