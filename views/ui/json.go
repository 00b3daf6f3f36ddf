package ui

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/a-h/templ"
)

// jsonLine is one line of an indented JSON text; a line that opens an object or a list holds what is in it, and how it ends.
type jsonLine struct {
	Indent string
	Tokens []jsonToken
	Inside []jsonLine
	End    *jsonLine
}

// jsonToken is a piece of a line with its colour: "k" a name, "s" a text, "n" a number or a word, "" punctuation.
type jsonToken struct{ Kind, Text string }

// jsonLines reads a JSON text into lines that fold; ok is false when it is no JSON, and is shown as it is.
func jsonLines(text string) (lines []jsonLine, ok bool) {
	var indented bytes.Buffer
	if jsonDepth(text) > maxDepth || json.Indent(&indented, []byte(text), "", "  ") != nil {
		return nil, false
	}
	all := strings.Split(strings.TrimRight(indented.String(), "\n"), "\n")
	lines, rest := foldLines(all)
	return lines, len(rest) == 0
}

// maxDepth bounds what is shown as JSON. Each level indents all that is in it: an endpoint that answers with ten thousand
// brackets must not become a page of a hundred megabytes.
const maxDepth = 50

// jsonDepth is how deep the objects and lists of a text are in each other. It need not be JSON.
func jsonDepth(text string) (deepest int) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += textEnd(text[i:]) - 1
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}

// messageParts parts an HTTP message into its head and the lines of its body; ok is false when that is no JSON.
func messageParts(text string) (head string, lines []jsonLine, ok bool) {
	head, body, found := strings.Cut(text, "\n\n")
	if !found {
		return "", nil, false
	}
	lines, ok = jsonLines(body)
	return head + "\n\n", lines, ok
}

// foldLines takes lines up to the end of what they are in.
func foldLines(all []string) (lines []jsonLine, rest []string) {
	for len(all) > 0 {
		content := strings.TrimLeft(all[0], " ")
		if content[0] == '}' || content[0] == ']' {
			return lines, all
		}
		line := jsonLine{Indent: all[0][:len(all[0])-len(content)], Tokens: jsonTokens(content)}
		all = all[1:]
		if last := content[len(content)-1]; last == '{' || last == '[' {
			line.Inside, all = foldLines(all)
			if len(all) > 0 {
				end := strings.TrimLeft(all[0], " ")
				line.End = &jsonLine{Indent: line.Indent, Tokens: []jsonToken{{"", end}}}
				all = all[1:]
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// jsonTokens colours a line that json.Indent has made.
func jsonTokens(line string) (tokens []jsonToken) {
	for line != "" {
		n, kind := 1, ""
		switch {
		case line[0] == '"':
			n, kind = textEnd(line), "s"
			if strings.HasPrefix(line[n:], ": ") {
				kind = "k"
			}
		case strings.IndexByte("{}[],: ", line[0]) < 0:
			kind = "n"
			if n = strings.IndexAny(line, ",}] "); n < 0 {
				n = len(line)
			}
		}
		tokens = append(tokens, jsonToken{kind, line[:n]})
		line = line[n:]
	}
	return tokens
}

// textEnd is where the JSON string ends that a line begins with.
func textEnd(line string) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(line)
}

// jsonHTML writes lines; every text in them is escaped. It is no template, because a template's own white space would be
// copied with the text.
func jsonHTML(lines []jsonLine) string {
	var out strings.Builder
	writeJSON(&out, lines)
	return out.String()
}

const jsonBreak = "<span class=\"nl\">\n</span>"

func writeJSON(out *strings.Builder, lines []jsonLine) {
	for _, l := range lines {
		folds := len(l.Inside) > 0 && l.End != nil
		if folds {
			out.WriteString("<details open><summary>")
			writeJSONRow(out, l)
			out.WriteString("</summary>" + jsonBreak)
			writeJSON(out, l.Inside)
			out.WriteString("</details>")
		} else {
			writeJSONLine(out, l)
		}
		if l.End != nil {
			writeJSONLine(out, *l.End)
		}
	}
}

func writeJSONLine(out *strings.Builder, l jsonLine) {
	out.WriteString("<div>")
	writeJSONRow(out, l)
	out.WriteString("</div>" + jsonBreak)
}

func writeJSONRow(out *strings.Builder, l jsonLine) {
	out.WriteString(l.Indent)
	for _, t := range l.Tokens {
		if t.Kind != "" {
			out.WriteString(`<span class="` + t.Kind + `">`)
		}
		out.WriteString(templ.EscapeString(t.Text))
		if t.Kind != "" {
			out.WriteString("</span>")
		}
	}
}
