package store

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"iozen/store/text"
)

// CleanBotName is a name as people see it: nothing invisible, each white space one plain space, letters with their accents
// as one character. A name of invisible characters only becomes empty, and is refused.
func CleanBotName(typed string) string { return norm.NFC.String(text.Clean(typed)) }

// MaxName is how many characters the name of a bot or an API key has at most: what fits a table's cell and a heading.
const MaxName = 100

// CheckName cleans the name of a bot or a key, as it is called in what, and says what is wrong with it, or "".
func CheckName(what, typed string) (name, problem string) {
	name = CleanBotName(typed)
	switch {
	case name == "" && strings.TrimSpace(typed) != "":
		return name, "Give the " + what + " a name: this has only characters that cannot be seen."
	case name == "":
		return name, "Give the " + what + " a name."
	case utf8.RuneCountInString(name) > MaxName:
		return name, "Use at most " + strconv.Itoa(MaxName) + " characters."
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return name, "Use letters, digits and the like only."
	}
	return name, ""
}

// Called says whether a person who typed this meant the bot's name. Case, kinds of space, quotation marks and dashes do not
// count: many of them cannot be typed. A bot whose name is invisible, from an earlier version, is called by its id.
func (b Bot) Called(typed string) bool {
	name := typedForm(b.Name)
	if name == "" {
		name = b.ID.String()
	}
	return typedForm(typed) == name
}

// Called says whether a person who typed this meant what the webhook is called, like Bot.Called.
func (w Webhook) Called(typed string) bool {
	return typedForm(typed) == typedForm(WebhookLabel(w.N, w.Name))
}

// NameToType is what a person is asked to type.
func (b Bot) NameToType() string {
	if name := CleanBotName(b.Name); name != "" {
		return name
	}
	return b.ID.String()
}

// typedForm writes a name with characters that every keyboard has.
func typedForm(name string) string {
	folded := strings.ToLower(norm.NFKC.String(CleanBotName(name)))
	return text.CollapseSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r) || r == '\u2212':
			return '-'
		case strings.ContainsRune("‘’‚‛′´`", r):
			return '\''
		case strings.ContainsRune("“”„‟″«»", r):
			return '"'
		}
		return r
	}, folded))
}
