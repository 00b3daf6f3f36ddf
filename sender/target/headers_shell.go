package target

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// shellWord is a word of a command, and the line that it begins on, 0 for the first.
type shellWord struct {
	text string
	line int
	ends bool // it ends the command: ; or |
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

// isCmd says whether a command is written for the Windows command line, as browsers copy it there: its first line shows.
func isCmd(lines []string) bool {
	line := strings.TrimRight(lines[0], " \t\r")
	return strings.Contains(line, `^"`) || strings.HasSuffix(line, " ^")
}

// shellScanner is the state of reading a command.
type shellScanner struct {
	words []shellWord
	text  strings.Builder // of the present word
	began int             // its line
	open  bool            // there is a word, even an empty one
	quote byte            // ' or ", $ for $'…', 0 outside
	line  int
	cmd   bool // within quotation marks that cmd sees: there ^ is a character
}

// continues removes from a line what makes the next line a part of the command: a backslash, or PowerShell's backtick.
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
		if s.quote == 0 && (c == ';' || c == '|') && (!s.open || i+1 == len(line) || line[i+1] == ' ') {
			s.endWord()
			s.words = append(s.words, shellWord{text: string(c), line: s.line, ends: true})
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
		case s.quote == 0 && strings.HasPrefix(line[i:], `$"`): // a quotation that a locale may translate
			s.quote = '"'
			i++
		case s.quote == '$' && c == '\\' && i+1 < len(line):
			plain, length := ansiEscape(line[i:])
			s.text.WriteString(plain)
			i += length - 1
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
		s.words = append(s.words, shellWord{text: s.text.String(), line: s.began})
	}
	s.text.Reset()
	s.open = false
}

// ansiEscape reads what a backslash begins within $'…', as browsers write what is not plain ASCII; length is that of
// its writing. A character may be written as two halves.
func ansiEscape(text string) (plain string, length int) {
	if at := strings.IndexByte("abefnrtv", text[1]); at >= 0 {
		return "\a\b\x1b\f\n\r\t\v"[at : at+1], 2
	}
	switch text[1] {
	case 'x':
		if code, digits := escapedNumber(text[2:], 16, 2); digits > 0 {
			return string([]byte{byte(code)}), 2 + digits
		}
	case 'u', 'U':
		longest := map[byte]int{'u': 4, 'U': 8}[text[1]]
		code, digits := escapedNumber(text[2:], 16, longest)
		if digits == 0 {
			break
		}
		if after := text[2+digits:]; utf16.IsSurrogate(code) && strings.HasPrefix(after, `\u`) {
			low, lowDigits := escapedNumber(after[2:], 16, 4)
			if whole := utf16.DecodeRune(code, low); whole != utf8.RuneError {
				return string(whole), 2 + digits + 2 + lowDigits
			}
		}
		return string(code), 2 + digits
	}
	if code, digits := escapedNumber(text[1:], 8, 3); digits > 0 {
		return string([]byte{byte(code)}), 1 + digits
	}
	return text[1:2], 2
}

// escapedNumber reads a number of at most so many digits; digits is how many there are.
func escapedNumber(text string, base int, longest int) (code rune, digits int) {
	valid := "01234567"
	if base == 16 {
		valid = "0123456789abcdefABCDEF"
	}
	for digits < min(longest, len(text)) && strings.IndexByte(valid, text[digits]) >= 0 {
		digits++
	}
	number, err := strconv.ParseUint(text[:digits], base, 32)
	if err != nil || number > utf8.MaxRune {
		return 0, 0
	}
	return rune(number), digits
}
