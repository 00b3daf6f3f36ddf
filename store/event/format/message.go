package format

import (
	"strings"
	"unicode/utf8"

	"iozen/store/event/field"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// message writes the body that posts a text in a chat, as each service documents it.
func (f *Format) message(e field.Event) ([]byte, error) {
	chat := chats[f.settings.Service]
	text, err := f.template.RenderText(e, chat.escape)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" { // services refuse a message without a text
		text, _ = e.Text(eventName)
	}
	return chat.body(chat.shortened(text)), nil
}

var eventName = field.Must("event_name")

// chat is what a service takes.
type chat struct {
	longest int // characters; a longer text is refused, or cut in the middle of a word
	// escape makes a value mean nothing but itself where the service reads markup.
	escape func(string) string
	body   func(text string) []byte
}

var chats = map[option.Service]chat{
	option.Slack: {40000, escapeSlack, func(text string) []byte {
		w := newWriter()
		w.text("text", text)
		return w.end()
	}},
	option.Teams: {7000, escaperOf("\\`*_[]"), func(text string) []byte { // 28 KB in all, and a character has up to four bytes
		body := []byte(`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,` +
			`"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.2",` +
			`"body":[{"type":"TextBlock","text":`)
		body = strictjson.AppendString(body, paragraphs(text))
		return append(body, `,"wrap":true}]}}]}`...)
	}},
	option.Discord: {2000, escaperOf("\\`*_~[]<>#|"), func(text string) []byte {
		w := newWriter()
		w.text("content", text)
		w.raw("allowed_mentions", []byte(`{"parse":[]}`)) // a visitor named @everyone wakes nobody
		return w.end()
	}},
}

// shortened cuts a text that the service would not take whole. Services count in different ways; counted in UTF-16 units it
// is short enough for all.
func (c chat) shortened(text string) string {
	if len(text) <= c.longest {
		return text
	}
	units := 0
	for i, r := range text {
		if units += utf16Units(r); units > c.longest-1 {
			if utf16Length(text[i:])+units-utf16Units(r) <= c.longest {
				return text
			}
			return text[:i] + "…"
		}
	}
	return text
}

func utf16Length(text string) (units int) {
	for _, r := range text {
		units += utf16Units(r)
	}
	return units
}

func utf16Units(r rune) int {
	const last = 0xffff // of the characters that take one unit
	if r > last {
		return 2
	}
	return 1
}

// escapeSlack escapes the three characters that Slack reads as markup: with them a value could mention a whole channel.
func escapeSlack(value string) string { return slackSigns.Replace(value) }

var slackSigns = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escaperOf puts a backslash before each of the signs that a service reads as Markdown. A web address is left as it is,
// because the backslash would become a part of it.
func escaperOf(signs string) func(string) string {
	return func(value string) string {
		if strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "http://") {
			return strings.ReplaceAll(value, " ", "%20") // so that nothing behind a space is taken for text
		}
		if !strings.ContainsAny(value, signs) {
			return value
		}
		var b strings.Builder
		for i := range len(value) {
			if strings.IndexByte(signs, value[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(value[i])
		}
		return b.String()
	}
}

// paragraphs writes each line break twice: one alone is a space in an adaptive card.
func paragraphs(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines, "\n\n")
}
