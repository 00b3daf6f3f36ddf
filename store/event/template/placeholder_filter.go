package template

import (
	"fmt"
	"slices"
	"strings"

	"iozen/store/strictjson"
)

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
	made.quick = k.quick
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
