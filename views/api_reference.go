package views

import "strings"

// APIReferencePage is the API's document as a page; Query is what was searched for.
type APIReferencePage struct {
	Page
	Query, About string
	Calls        []APICall
}

// APICall is one call of the API.
type APICall struct {
	ID, Method, Path, Summary, Text string
	Parameters, Body                []APIField
	Curl                            string
	Answers                         []APIAnswer
}

// APIField is a parameter, or a part of a body.
type APIField struct {
	Name, Where, Type, Text string
	Required                bool
}

// APIAnswer is one answer of a call; Example "": none.
type APIAnswer struct{ Status, Text, Example string }

// Words are all that a search looks in.
func (c APICall) Words() string {
	words := []string{c.ID, c.Method, c.Path, c.Summary, c.Text}
	for _, f := range append(append([]APIField{}, c.Parameters...), c.Body...) {
		words = append(words, f.Name, f.Text)
	}
	return strings.Join(words, " ")
}

// proseSpan is a piece of a text: plain, code or bold.
type proseSpan struct{ Kind, Text string }

// proseSpans reads the two marks that the document's texts have: `code` and **bold**; *emphasis* is bold too.
func proseSpans(text string) (spans []proseSpan) {
	for text != "" {
		at := strings.IndexAny(text, "`*")
		if at < 0 {
			break
		}
		mark := text[at : at+1]
		if strings.HasPrefix(text[at:], "**") {
			mark = "**"
		}
		end := strings.Index(text[at+len(mark):], mark)
		if end < 0 {
			break
		}
		kind := "b"
		if mark == "`" {
			kind = "code"
		}
		spans = append(spans, proseSpan{"", text[:at]}, proseSpan{kind, text[at+len(mark) : at+len(mark)+end]})
		text = text[at+2*len(mark)+end:]
	}
	return append(spans, proseSpan{"", text})
}
