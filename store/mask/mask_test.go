package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

const stands = "••••••••"

// spellings are ways in which programs write a value into what they answer.
var spellings = map[string]func(string) string{
	"as it is":   func(s string) string { return s },
	"json":       jsonText,
	"json, PHP":  func(s string) string { return strings.ReplaceAll(jsonText(s), "/", `\/`) },
	"json, .NET": func(s string) string { return each(s, notPlain, `\u%04X`) },
	"json, Python": func(s string) string {
		return each(s, func(r rune) bool { return r >= 0x7f || strings.ContainsRune(`"\`, r) }, `\u%04x`)
	},
	"json, all":           func(s string) string { return each(s, always, `\u%04x`) },
	"html":                html.EscapeString,
	"html, decimal":       func(s string) string { return each(s, notPlain, "&#%d;") },
	"html, hex":           func(s string) string { return each(s, always, "&#x%X;") },
	"html, named":         func(s string) string { return named.Replace(s) },
	"query":               url.QueryEscape,
	"path":                url.PathEscape,
	"percent, lower case": func(s string) string { return strings.ToLower(percentAll(s)) },
	"percent, all":        percentAll,
	"base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, in a pair":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x:" + s + "\n")) },
	"base64, for URLs":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("id:" + s)) },
	"base64, in lines":    func(s string) string { return lines(base64.StdEncoding.EncodeToString([]byte(s)), 4, "\r\n") },
	"hex":                 func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex, escaped":        func(s string) string { return eachByte(s, `\x%02x`) },
	"octal":               func(s string) string { return eachByte(s, `\%03o`) },
	"quoted-printable":    quotedPrintable,
	"soft line breaks":    func(s string) string { return lines(s, 5, "=\r\n") },
	"lines":               func(s string) string { return lines(s, 4, "\n") },
	"lines, CRLF":         func(s string) string { return lines(s, 7, "\r\n") },
	"lines, indented":     func(s string) string { return lines(s, 9, "\n    ") },
	"spaces":              func(s string) string { return lines(s, 4, " ") },
	"capitals":            strings.ToUpper,
	"NFD":                 norm.NFD.String,
	"zero-width":          func(s string) string { return lines(s, 3, "\u200b") },
	"in a URL":            func(s string) string { return "/thanks?x=1&token=" + url.QueryEscape(s) + "&y=2" },
	"in a header":         func(s string) string { return "authorization: Bearer " + s + "\r\nhost: x" },
}

func always(rune) bool { return true }

func notPlain(r rune) bool {
	return (r < '0' || r > '9') && !(r|0x20 >= 'a' && r|0x20 <= 'z' && r < 0x80)
}

func each(s string, is func(rune) bool, format string) string {
	var b strings.Builder
	for _, r := range s {
		if is(r) && r < 0x10000 {
			fmt.Fprintf(&b, format, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func eachByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func percentAll(s string) string { return eachByte(s, "%%%02X") }

func jsonText(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(quoted[1 : len(quoted)-1])
}

var named = strings.NewReplacer("&", "&amp;", "+", "&plus;", "/", "&sol;", "=", "&equals;", "ö", "&ouml;", "@", "&commat;", ".", "&period;", `"`, "&quot;", "'", "&apos;")

func quotedPrintable(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func lines(s string, every int, with string) string {
	var b strings.Builder
	for i, r := range []rune(s) {
		if i > 0 && i%every == 0 {
			b.WriteString(with)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// around are the spellings that write more than the value.
var around = []string{"in a URL", "in a header", "base64, in a pair", "base64, for URLs"}

// left is what is still shown of a spelled value.
func left(t require.TestingT, shown string) string {
	inner, begins := strings.CutPrefix(shown, head)
	inner, ends := strings.CutSuffix(inner, foot)
	require.True(t, begins && ends, "what stands around it is left alone: %s", shown)
	return strings.ReplaceAll(inner, stands, "")
}

const head, foot = `{"got": "`, `", "in": 1}`

func requireHidden(t require.TestingT, m *Mask, value, inner, outer string) {
	spelled := spellings[outer](spellings[inner](value))
	shown := m.String(head + spelled + foot)
	require.Contains(t, shown, stands, "%q in %s in %s: %s", value, inner, outer, spelled)
	rest := left(t, shown)
	if !slices.Contains(around, inner) && !slices.Contains(around, outer) {
		// At most the last digit of a base64 text, or what fills it up.
		require.LessOrEqual(t, len(rest), 24, "%q in %s in %s: %s, %s", value, inner, outer, spelled, shown)
	}
	require.NotContains(t, rest, value)
}

var values = []string{
	"dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw==", "s3cret-token", "abc/def+ghi/jkl==", "a%20b&amp;c\\/d", "hunter2-password", "p&ss<w>\"ord'1", "üñí-cödé-ß-key",
	"my secret pass phrase", "AKIAIOSFODNN7EXAMPLE", "100%25/x/y/z", "x=y&z=1;q", "密码密码密码", "a b c d e f", "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
	"\\u0041bcdefgh", "aaaaaaaaaaaaaaaa", "=3D=3D=3D=3D", "jörg@example.com",
}

func TestASecretIsFoundInEverySpellingOfASpelling(t *testing.T) {
	for _, value := range values {
		m := New(stands, Value{Text: value, Beginning: Shortest})
		for inner := range spellings {
			for outer := range spellings {
				if outer == "capitals" { // what is spelled in small letters cannot always be read in capitals
					continue
				}
				requireHidden(t, m, value, inner, outer)
			}
		}
	}
}

func TestAnySecretIsFoundInAnySpellingOfAnySpelling(t *testing.T) {
	names := slices.Sorted(maps.Keys(spellings))
	outer := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "capitals" })
	char := rapid.OneOf(rapid.RuneFrom([]rune("abcXYZ019+/=-_.~%&;\\\"'<>$:@ öß密")), rapid.RuneFrom(nil, unicode.Letter, unicode.Digit, unicode.Punct))
	secret := rapid.StringOfN(char, 8, 60, -1).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && New(stands, Value{Text: s}).longest() >= Shortest
	})
	rapid.Check(t, func(t *rapid.T) {
		value := secret.Draw(t, "value")
		m := New(stands, Value{Text: value, Beginning: Shortest})
		requireHidden(t, m, value, rapid.SampledFrom(names).Draw(t, "inner"), rapid.SampledFrom(outer).Draw(t, "outer"))
	})
}

func TestAPieceOfASecretIsFound(t *testing.T) {
	m := New(stands, Value{Text: "dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw==", Beginning: Shortest, Pieces: true}, Value{Text: "short-one7", Beginning: Shortest, Pieces: true})
	for text, want := range map[string]string{
		"…nBh/3N3b3Jk+2Zvbw==.":               "…" + stands + ".",
		"dG****dC11c2VyOnBh/3N":               "dG****" + stands,
		"token ends with b3Jk+2Zvbw":          "token ends with b3Jk+2Zvbw",
		"c2VyOnBh/3N3b3Jk":                    stands,
		"dGVzdC11c2VyOnBh_3N3b3Jk-2Zvbw":      stands,
		"a short one":                         "a " + stands,
		"VzdC11c2VyOnBh%2F3N3b3Jk%2B2Zvbw%3D": stands,
	} {
		require.Equal(t, want, m.String(text), text)
	}
}

func TestSignsBetweenTheLettersDoNotCount(t *testing.T) {
	for _, value := range []string{"dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw==", "O'Brien-Çelik", "jörg.müller@bäcker.example", "p&ss-w\"ord'1", "Jörg Müller"} {
		for name, spell := range map[string]func(string) string{
			"shell":           func(s string) string { return each(s, notPlain, `\%c`) },
			"SQL":             func(s string) string { return strings.ReplaceAll(s, "'", "''") },
			"breakable":       func(s string) string { return lines(s, 3, `<wbr class="x">`) },
			"lines of a page": func(s string) string { return lines(s, 6, "<br>") },
			"lines of PHP":    func(s string) string { return lines(s, 8, "<br />\r\n") },
			"escaped lines":   func(s string) string { return lines(s, 8, "&lt;br&gt;") },
			"dashes":          func(s string) string { return lines(s, 1, "-") },
			"joined":          func(s string) string { return lines(s, 7, `' + '`) },
			"slug":            slug,
			"snake": func(s string) string {
				return strings.NewReplacer("'", "_", "-", "_", ".", "_", " ", "_", "/", "_", "+", "_", "=", "", "@", "_").Replace(s)
			},
			"base64 for URLs": func(s string) string { return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s) },
		} {
			shown := New(stands, Value{Text: value}).String("<" + spell(value) + ">")
			require.Regexp(t, `^[^\pL\pN]*`+stands+`[^\pL\pN]*$`, shown, "%q, %s: %s", value, name, spell(value))
		}
	}
}

func slug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, strings.ToLower(s)), "-")
}

func TestAValueThatWasCutIsFound(t *testing.T) {
	m := New(stands, Value{Text: "O'Brien-Çelik"})
	for text, want := range map[string]string{
		"Hello O'Brien-Çe…": "Hello " + stands + "…", "Hello OBrie...": "Hello " + stands + "...", "Hello O'Br": "Hello " + stands, "Hello O'Br…, and": "Hello O'Br…, and",
	} {
		require.Equal(t, want, m.String(text), text)
	}
}

func TestWhatIsShortIsFoundInOnePieceOnly(t *testing.T) {
	m := New(stands, Value{Text: "Ann"}, Value{Text: "!?$%&/"})
	for text, want := range map[string]string{"an n": "an n", "a-nn": "a-nn", "ANN": stands, "Ánn": stands, `"!?$%&/"`: `"` + stands + `"`, "!?$": "!?$"} {
		require.Equal(t, want, m.String(text + " said")[:max(0, len(m.String(text+" said"))-len(" said"))], text)
	}
}

// longest is how much of a value is compared.
func (m *Mask) longest() (n int) {
	for _, needle := range append(m.letters.all, m.exact.all...) {
		n = max(n, len(needle.runes))
	}
	return n
}
