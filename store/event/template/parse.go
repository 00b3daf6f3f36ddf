package template

import (
	"fmt"
	"unicode/utf8"
)

// parser reads a template. What it refuses is recorded; after a mistake in the JSON itself it reads no further.
type parser struct {
	text     string
	problems []Problem
	all      []*placeholder
	begun    int // placeholders, those with a mistake too
	phones   int // uses of e164
}

func (p *parser) refuse(offset int, format string, args ...any) {
	if len(p.problems) < maxProblems {
		line, column := place(p.text, offset)
		p.problems = append(p.problems, Problem{line, column, fmt.Sprintf(format, args...)})
	}
}

// enough says that reading on would tell nobody more: a text full of mistakes, or of placeholders, is read no further.
func (p *parser) enough() bool { return len(p.problems) >= maxProblems || p.begun > MaxPlaceholders }

// Parse reads a template that is a JSON document, or says all that is wrong with it.
func Parse(text string) (*Template, []Problem) {
	p := &parser{text: text}
	if !p.bounded() {
		return nil, p.problems
	}
	root, ok := (&document{parser: p}).whole()
	if !ok || len(p.problems) > 0 {
		return nil, p.problems
	}
	return &Template{root: root, placeholders: p.all}, nil
}

// ParseText reads a template that is a plain text, such as that of a message.
func ParseText(text string) (*Template, []Problem) {
	p := &parser{text: text}
	if !p.bounded() {
		return nil, p.problems
	}
	parts := p.parts(text, func(i int) int { return i })
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return &Template{root: &mixed{parts}, placeholders: p.all}, nil
}

func (p *parser) bounded() bool {
	switch {
	case len(p.text) > MaxTemplate:
		p.problems = []Problem{{1, 1, fmt.Sprintf("a template has at most %d KiB; this has %d bytes", MaxTemplate>>10, len(p.text))}}
	case !utf8.ValidString(p.text):
		p.refuse(firstInvalid(p.text), "this is not UTF-8 text")
	}
	return len(p.problems) == 0
}

func firstInvalid(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
