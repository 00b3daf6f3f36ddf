package text

import (
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestInvisibleCharactersAreTakenOutAndNamed(t *testing.T) {
	for typed, want := range map[string]struct{ cleaned, words string }{
		"abc":                        {"abc", ""},
		"":                           {"", ""},
		"a\u200bb":                   {"ab", "a zero-width space (U+200B)"},
		"a\u200c\u200db":             {"ab", "a zero-width joiner (U+200C) and a zero-width joiner (U+200D)"},
		"abc\u200e":                  {"abc", "a text direction mark (U+200E)"},
		"\u202aabc\u202c":            {"abc", "a text direction mark (U+202A) and a text direction mark (U+202C)"},
		"\u2066abc\u2069":            {"abc", "a text direction mark (U+2066) and a text direction mark (U+2069)"},
		"a\u061cb":                   {"ab", "a text direction mark (U+061C)"},
		"a\u00adb":                   {"ab", "a soft hyphen (U+00AD)"},
		"a\u2060b":                   {"ab", "a word joiner (U+2060)"},
		"\ufeffabc":                  {"abc", "a byte order mark (U+FEFF)"},
		"a\u034fb":                   {"ab", "an invisible character (U+034F)"},
		"a\u180eb":                   {"ab", "an invisible character (U+180E)"},
		"a\u3164b":                   {"ab", "an invisible character (U+3164)"},
		"a\uffa0b":                   {"ab", "an invisible character (U+FFA0)"},
		"a\u115fb":                   {"ab", "an invisible character (U+115F)"},
		"a\u2063b":                   {"ab", "an invisible character (U+2063)"},
		"a\ufe0fb":                   {"ab", "an invisible character (U+FE0F)"},
		"a\U000e0041b":               {"ab", "an invisible character (U+E0041)"},
		"a\U000e0100b":               {"ab", "an invisible character (U+E0100)"},
		"a\u2800b":                   {"ab", "an invisible character (U+2800)"},
		"a\ufff9b":                   {"ab", "an invisible character (U+FFF9)"},
		"\u200b\u200b":               {"", "a zero-width space (U+200B)"},
		"a b\u00a0c\td":              {"a b\u00a0c\td", ""},
		"naïve ü 中 \u0600":           {"naïve ü 中 \u0600", ""},
		"bad \xff\u200b byte \ufffd": {"bad \xff byte \ufffd", "a zero-width space (U+200B)"},
	} {
		cleaned, removed := Strip(typed)
		require.Equal(t, want.cleaned, cleaned, "%+q", typed)
		require.Equal(t, want.words, Words(removed), "%+q", typed)
	}
	_, removed := Strip("ü\u200bb\u00ad")
	require.Equal(t, []Found{{'\u200b', 2}, {'\u00ad', 4}}, removed, "positions count characters")
}

func TestNothingThatPeopleSeeOrTypeIsInvisible(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.N, unicode.P, unicode.Lu, unicode.Ll, unicode.Sc, unicode.Sm) {
			require.False(t, IsInvisible(r), "%U", r)
		}
		if unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Join_Control, r) {
			require.True(t, IsInvisible(r), "%U", r)
		}
	}
}

func TestSpacesAreCollapsed(t *testing.T) {
	for typed, want := range map[string]string{
		"a b": "a b", "  a   b  ": "a b", "a\u00a0b": "a b", "a\u202f\u2009b": "a b", "a\t\r\nb": "a b", "\u3000a\u3000": "a",
		"\u2003": "", "": "", "a\u200b b": "a\u200b b",
	} {
		require.Equal(t, want, CollapseSpace(typed), "%+q", typed)
	}
	require.Equal(t, "Roofing quote bot", Clean("\ufeff Roofing\u00a0 quo\u00adte\u200b bot\u200e "))
	require.Empty(t, Clean("\u200b \u2060"))
}

func TestOddSpacesBecomePlainOnesInTheirPlace(t *testing.T) {
	plain, replaced := PlainSpaces("Bearer\u00a0a\u2009b\tc")
	require.Equal(t, "Bearer a b\tc", plain)
	require.Equal(t, []Found{{'\u00a0', 7}, {'\u2009', 9}}, replaced)
	plain, replaced = PlainSpaces("Bearer \xff")
	require.Equal(t, "Bearer \xff", plain)
	require.Empty(t, replaced)
}

func TestTheEndsOfATextAreTrimmed(t *testing.T) {
	for typed, want := range map[string]string{"": "", " a b ": "a b", "\u00a0a\u200bb\ufeff\n": "a\u200bb", "\u200b \u2060": ""} {
		require.Equal(t, want, Trim(typed), "%+q", typed)
	}
}

func TestALongTextIsClipped(t *testing.T) {
	for text, want := range map[string]string{"": "", "äbc": "äbc", "äbcd": "äbc…", "🙂🙂🙂🙂": "🙂🙂🙂…"} {
		require.Equal(t, want, Clip(text, 3), text)
	}
}

func TestANameIsFoldedHoweverItIsWritten(t *testing.T) {
	for _, name := range []string{"emailAddress", "email_address", "Email address", "EMAIL-ADDRESS", "emailaddress"} {
		require.Equal(t, "emailaddress", FoldName(name), name)
	}
	require.Equal(t, "äöü.1", FoldName("ÄÖÜ.1"))
	require.Empty(t, FoldName("_- "))
}
