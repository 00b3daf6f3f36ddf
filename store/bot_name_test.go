package store

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestNamesOfBotsAreWhatPeopleSee(t *testing.T) {
	for typed, want := range map[string]string{
		"Roofing quote bot":         "Roofing quote bot",
		" Roofing  quote\u00a0bot ": "Roofing quote bot",
		"Roofing\tquote\nbot":       "Roofing quote bot",
		"\u200b":                    "",
		"\u200b \u2060\ufeff":       "",
		"\u00a0\u3000":              "",
		"\u2800":                    "",
		"\u3164":                    "",
		"\u00ad":                    "",
		"":                          "",
		"Zoe\u0308 bot":             "Zoë bot",
		"Zo\u00eb bot":              "Zoë bot",
		"Roof\u200bing":             "Roofing",
		"\u202eRoofing\u202c":       "Roofing",
		"A\u200b \u200bB":           "A B",
		"Büro 家 🙂":                  "Büro 家 🙂",
		"ﬁx №5":                     "ﬁx №5", // only what looks the same is written the same
	} {
		require.Equal(t, want, CleanBotName(typed), "%+q", typed)
	}
}

func TestABotIsCalledByWhatCanBeTyped(t *testing.T) {
	id := uuid.MustParse("01890000-0000-7000-8000-000000000001")
	for name, typings := range map[string]map[string]bool{
		"Roofing  quote bot":      {"Roofing quote bot": true, "Roofing  quote bot": true, " roofing Quote BOT ": true, "Roofing quotebot": false, "": false},
		"Roofing\u00a0quote\tbot": {"Roofing quote bot": true, "Roofing\u00a0quote bot": true},
		"Zoe\u0308 bot":           {"Zoë bot": true, "zoe\u0308 bot": true, "Zoe bot": false},
		"Bob’s “big” bot":         {`Bob's "big" bot`: true, "Bob’s “big” bot": true, "Bobs big bot": false},
		"A\u2011B – C":            {"A-B - C": true, "A\u2011B – C": true, "AB C": false},
		"ＡＢＣ ﬁx":                  {"ABC fix": true, "abc ﬁx": true},
		"Roof\u200bing":           {"Roofing": true, "Roof\u200bing": true},
		"\u200b":                  {"": false, " ": false, "\u200b": false, id.String(): true},
		"":                        {"": false, id.String(): true},
		"家 🙂":                     {"家 🙂": true, "家": false},
	} {
		b := Bot{ID: id, Name: name}
		for typed, want := range typings {
			require.Equal(t, want, b.Called(typed), "%+q %+q", name, typed)
		}
		require.True(t, b.Called(b.NameToType()), "%+q", name)
		require.NotEmpty(t, b.NameToType())
	}
}

func TestANameIsOneThatCanBeSeen(t *testing.T) {
	for typed, want := range map[string]string{
		"ci": "ci", " n8n \t key ": "n8n key", "a\u200bb": "ab", "Roof\nquiz": "Roof quiz", "家": "家",
		strings.Repeat("é", MaxName): strings.Repeat("é", MaxName), strings.Repeat("e\u0301", MaxName): strings.Repeat("é", MaxName),
		" " + strings.Repeat("x ", MaxName/2): strings.TrimSpace(strings.Repeat("x ", MaxName/2)),
	} {
		name, problem := CheckName("key", typed)
		require.Empty(t, problem, "%q", typed)
		require.Equal(t, want, name)
	}
	for typed, want := range map[string]string{
		"": "Give the bot a name.", " ": "Give the bot a name.", "\u00a0\t": "Give the bot a name.",
		"\u200b": "only characters that cannot be seen", "\u2060\ufeff": "only characters that cannot be seen",
		strings.Repeat("x", MaxName+1): "at most 100", strings.Repeat("é", MaxName+1): "at most 100", strings.Repeat("\U0001F642", MaxName+1): "at most 100",
		"\x1b[31mred": "letters, digits", "a\x00b": "letters, digits", "a\ab": "letters, digits", "\x7f": "letters, digits", "a\u0085\u009bb": "letters, digits", "\xff": "letters, digits", "a\xc3": "letters, digits",
	} {
		_, problem := CheckName("bot", typed)
		require.Contains(t, problem, want, "%q", typed)
	}
}
