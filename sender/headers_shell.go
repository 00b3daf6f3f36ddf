package sender

import "strings"

// shellWord is a word of a command, and the line that it begins on, 0 for the first.
type shellWord struct {
	text string
	line int
}

// shellWords splits a command the way a shell does, quotation marks and backslashes understood. It ends with the
// first line that neither a backslash nor an open quotation mark continues; length is how many lines that are.
func shellWords(lines []string) (words []shellWord, length int, closed bool) {
	s := shellScanner{}
	for _, line := range lines {
		length++
		line = strings.TrimRight(line, " \t\r")
		before, continued := strings.CutSuffix(line, `\`)
		if s.quote == '\'' { // nothing is special within
			before, continued = line, false
		}
		s.scan(before)
		if s.quote == 0 {
			s.endWord()
			if !continued {
				return s.words, length, true
			}
		} else if !continued {
			s.text.WriteByte('\n')
		}
		s.line++
	}
	return s.words, length, s.quote == 0
}

// shellScanner is where the reading of a command stands.
type shellScanner struct {
	words []shellWord
	text  strings.Builder // of the present word
	began int             // its line
	open  bool            // there is one, be it empty
	quote byte            // ' or ", $ for $'…', 0 outside
	line  int
}

func (s *shellScanner) scan(line string) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if s.quote == 0 && (c == ' ' || c == '\t') {
			s.endWord()
			continue
		}
		if !s.open {
			s.open, s.began = true, s.line
		}
		switch {
		case s.closes(c):
			s.quote = 0
		case s.quote == 0 && (c == '\'' || c == '"'):
			s.quote = c
		case s.quote == 0 && strings.HasPrefix(line[i:], "$'"):
			s.quote = '$'
			i++
		case c == '\\' && i+1 < len(line) && s.escapes(line[i+1]):
			i++
			s.text.WriteByte(line[i])
		default:
			s.text.WriteByte(c)
		}
	}
}

func (s *shellScanner) closes(c byte) bool {
	return c == s.quote && c != '$' || s.quote == '$' && c == '\''
}

// escapes says whether a backslash before this byte takes its meaning away.
func (s *shellScanner) escapes(next byte) bool {
	switch s.quote {
	case '\'':
		return false
	case '"':
		return strings.IndexByte("\"\\$`", next) >= 0
	}
	return true
}

func (s *shellScanner) endWord() {
	if s.open {
		s.words = append(s.words, shellWord{s.text.String(), s.began})
	}
	s.text.Reset()
	s.open = false
}
