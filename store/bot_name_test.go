package store

import (
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
