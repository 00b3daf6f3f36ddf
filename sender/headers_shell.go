package sender

import "strings"

// shellWord is a word of a command, and the line that it begins on, 0 for the first.
type shellWord struct {
	text string
	line int
}

// shellWords splits a command the way a shell does, quotation marks and escapes understood: those of Unix shells, or
// of Windows (cmd) where the command is written for it. It ends with the first line that nothing continues; length is
// how many lines that are.
func shellWords(lines []string) (words []shellWord, length int, closed bool) {
	lines = plainQuotes(lines)
	s := shellScanner{}
	scan, goesOn := s.scan, s.continues
	if isCmd(lines) {
		scan, goesOn = s.scanCmd, s.cmdContinues
	}
	for _, line := range lines {
		length++
		line = strings.TrimRight(line, " \t\r")
		before, continued := goesOn(line)
		scan(before)
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

// plainQuotes makes curly quotation marks plain ones in a command that has no others: a chat or a document curled them.
func plainQuotes(lines []string) []string {
	whole := strings.Join(lines, "\n")
	if strings.ContainsAny(whole, `'"`) || !strings.ContainsAny(whole, "“”„‘’") {
		return lines
	}
	return strings.Split(curlyQuotes.Replace(whole), "\n")
}

var curlyQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'")

// isCmd says whether a command is written for the Windows command line, as browsers copy it there: its first line
// tells.
func isCmd(lines []string) bool {
	line := strings.TrimRight(lines[0], " \t\r")
	return strings.Contains(line, `^"`) || strings.HasSuffix(line, " ^")
}

// shellScanner is where the reading of a command stands.
type shellScanner struct {
	words []shellWord
	text  strings.Builder // of the present word
	began int             // its line
	open  bool            // there is one, be it empty
	quote byte            // ' or ", $ for $'…', 0 outside
	line  int
	cmd   bool // within quotation marks that cmd sees: there ^ is a character
}

// continues takes what makes the next line a part of the command off a line: a backslash, or PowerShell's backtick.
func (s *shellScanner) continues(line string) (before string, continued bool) {
	if s.quote == '\'' { // nothing is special within
		return line, false
	}
	if before, continued = strings.CutSuffix(line, `\`); !continued && s.quote == 0 {
		if before, continued = strings.CutSuffix(line, " `"); !continued {
			before, continued = line, line == "`"
		}
	}
	return before, continued
}

func (s *shellScanner) cmdContinues(line string) (before string, continued bool) {
	if s.cmd {
		return line, false
	}
	return strings.CutSuffix(line, "^")
}

func (s *shellScanner) scan(line string) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if s.quote == 0 && (c == ' ' || c == '\t') {
			s.endWord()
			continue
		}
		s.beginWord()
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

// scanCmd reads a line as cmd and then the program itself do: ^ takes the meaning of the next character away for cmd,
// and a backslash that of a quotation mark for the program.
func (s *shellScanner) scanCmd(line string) {
	for i := 0; i < len(line); i++ {
		bare := line[i] == '^' && !s.cmd && i+1 < len(line)
		if bare {
			i++
		}
		c := line[i]
		if c == '"' && !bare {
			s.cmd = !s.cmd
		}
		if s.quote == 0 && (c == ' ' || c == '\t') {
			s.endWord()
			continue
		}
		s.beginWord()
		switch {
		case c == '\\' && escapedInCmd(line[i+1:]) > 0:
			i += escapedInCmd(line[i+1:])
			s.text.WriteByte(line[i])
		case c == '"' && s.quote == 0:
			s.quote = '"'
		case c == '"':
			s.quote = 0
		default:
			s.text.WriteByte(c)
		}
	}
}

// escapedInCmd says how far behind a backslash the character is that it escapes, 0 when it escapes none.
func escapedInCmd(after string) int {
	bare := strings.TrimPrefix(after, "^")
	if bare != "" && (bare[0] == '"' || bare[0] == '\\') {
		return 1 + len(after) - len(bare)
	}
	return 0
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

func (s *shellScanner) beginWord() {
	if !s.open {
		s.open, s.began = true, s.line
	}
}

func (s *shellScanner) endWord() {
	if s.open {
		s.words = append(s.words, shellWord{s.text.String(), s.began})
	}
	s.text.Reset()
	s.open = false
}
