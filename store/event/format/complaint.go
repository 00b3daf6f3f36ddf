package format

import (
	"slices"
	"strings"
	"unicode"

	"iozen/store/text"
)

// strength says how surely an answer complains of a name.
type strength int

const (
	none     strength = iota
	repeated          // the name stands there
	quoted            // it stands there in quotes or brackets, as names of fields do
	withPath          // it stands there with the names that lead to it: user_data.email
	blamed            // it stands beside words such as "is required", and is not a word of any complaint
)

// mention is a name in an answer.
type mention struct {
	strength strength
	length   int // of the name: the longer, the surer
	at       int // the earlier, the better
	text     string
}

func (m mention) better(than mention) bool {
	switch {
	case m.strength != than.strength:
		return m.strength > than.strength
	case m.length != than.length:
		return m.length > than.length
	}
	return m.strength != none && m.at < than.at
}

// complaint is the words of an answer.
type complaint []word

// word is a run of letters, digits and underscores, with the signs before and behind it.
type word struct {
	text, folded  string
	before, after string // up to the neighbouring word
}

func readComplaint(answer string) (c complaint) {
	isSign := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }
	signs := ""
	for answer != "" {
		n := strings.IndexFunc(answer, func(r rune) bool { return !isSign(r) })
		if n < 0 {
			n = len(answer)
		}
		signs, answer = answer[:n], answer[n:]
		if len(c) > 0 {
			c[len(c)-1].after = signs
		}
		if n = strings.IndexFunc(answer, isSign); n < 0 {
			n = len(answer)
		}
		if n > 0 {
			c = append(c, word{text: answer[:n], folded: text.FoldName(answer[:n]), before: signs})
		}
		answer = answer[n:]
	}
	return c
}

// mentionOf finds the surest mention of a value by any of its names.
func (c complaint) mentionOf(names [][]string) (best mention) {
	for _, path := range names {
		if len(path) == 0 {
			continue
		}
		name := text.FoldName(path[len(path)-1])
		for i := range c {
			n := c.wordsOf(name, i)
			if n == 0 {
				continue
			}
			m := mention{strength: c.strengthOf(name, path, i, n), length: len(name), at: i, text: c.text(i, n)}
			if m.better(best) {
				best = m
			}
		}
	}
	return best
}

// wordsOf is how many words from i on make up a name: one, or a few with spaces between them.
func (c complaint) wordsOf(name string, i int) int {
	const most = 4
	together := ""
	for n := 1; n <= most && i+n <= len(c); n++ {
		if n > 1 && strings.Trim(c[i+n-2].after, " -") != "" {
			return 0
		}
		if together += c[i+n-1].folded; together == name {
			return n
		}
	}
	return 0
}

func (c complaint) text(i, n int) string {
	text := c[i].text
	for j := i + 1; j < i+n; j++ {
		text += c[j].before + c[j].text
	}
	return text
}

// commonNames are words of any answer; they are names of fields only where something says so.
var commonNames = []string{
	"name", "value", "data", "type", "code", "status", "message", "error", "errors", "id", "field", "fields", "text", "event", "source", "content", "object", "number", "date", "time", "url", "key",
}

func (c complaint) strengthOf(name string, path []string, i, n int) strength {
	last := i + n - 1
	common := slices.Contains(commonNames, name)
	switch {
	case c.hasBlame(i, last) && !common:
		return blamed
	case len(path) > 1 && i > 0 && c[i-1].folded == text.FoldName(path[len(path)-2]) && strings.Trim(c[i].before, `.[]'"/`) == "":
		return withPath
	case c.hasBlame(i, last):
		return quoted // "value is not valid" may be about any field
	case common:
		return none
	case strings.ContainsAny(c[i].before, "\"'`[“‘") && strings.ContainsAny(c[last].after, "\"'`]”’"):
		return quoted
	}
	return repeated
}

// blameBehind are words with which a complaint goes on behind the name, and blameBefore those that come before it.
var (
	blameBehind = []string{
		"is", "are", "must", "cannot", "can", "should", "has", "may", "was", "required", "missing", "invalid", "blank", "not", "already", "does", "too", "needs", "format", "exceeds", "unknown",
	}
	blameBefore = []string{"missing", "invalid", "required", "field", "parameter", "property", "attribute", "key", "unknown", "unexpected", "bad", "empty", "no", "column", "param", "for", "in"}
)

// hasBlame looks at the words beside a name, across quotes and colons but not across sentences.
func (c complaint) hasBlame(first, last int) bool {
	const joins = " \t\n\r\"'`:[]{}\\“”‘’-()"
	if last+1 < len(c) && strings.Trim(c[last].after, joins) == "" && slices.Contains(blameBehind, c[last+1].folded) {
		return true
	}
	return first > 0 && strings.Trim(c[first].before, joins) == "" && slices.Contains(blameBefore, c[first-1].folded)
}
