package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gone are words that people do not say of software, or that have one spelling, and what is said instead. They came from a
// walk through the product; none of them comes back into a text that somebody reads.
var gone = map[string]string{
	`(?i)\bmend(s|ed|ing)?\b`:                           "fix",
	`(?i)\bfor ever\b`:                                  "forever",
	`(?i)\bthis once only\b`:                            "only once",
	`(?i)\be-mails?\b`:                                  "Email",
	`(?i)\bmade again\b`:                                "reconstructed",
	`(?i)\btaken with a remark\b`:                       "Warnings",
	`(?i)\btold (once|lately|per change)\b`:             "notified, recent",
	`(?i)\bit counts at once\b`:                         "takes effect immediately",
	`(?i)\bthis address does not take this method\b`:    "can't be opened directly",
	`(?i)\b(is|are) not right\b`:                        "wrong",
	`(?i)\bthe person who runs (it|this server)\b`:      "your administrator",
	`(?i)\bkept connection\b`:                           "reused connection",
	`(?i)\bdoes not sign any more\b`:                    "is no longer valid",
	`(?i)\bwhoever asks what you keep\b`:                "answer a privacy request",
	`(?i)\bbefore anyone sees them\b|\bwants it gone\b`: "delete someone's data",
	`(?i)\bnothing listens on\b`:                        "nothing is running at",
	`(?i)\bevent not chosen\b`:                          "event type not selected",
	`(?i)\bwhat came before\b`:                          "duplicates",
	`(?i)\bdo not belong together\b`:                    "unrelated words",
}

// read are the texts that people read: templates, scripts, pages of docs, and every text in Go that is no comment.
func readTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == ".git" || name == "decisions" || name == "testdata" || name == "vendor" || name == "tools" || name == "storetest" || name == "torture" {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".templ", ".js", ".html", ".yaml", ".md":
			raw, err := os.ReadFile(path)
			if path != "CHANGELOG.md" {
				texts[path] = withoutComments(path, string(raw))
			}
			return err
		case ".go":
			if !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "_templ.go") {
				texts[path] = literals(t, path)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(texts), 100)
	return texts
}

// withoutComments leaves out lines that are comments alone: programmers read them.
func withoutComments(path, text string) string {
	if ext := filepath.Ext(path); ext != ".templ" && ext != ".js" {
		return text
	}
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		code, comment, found := strings.Cut(line, "// ")
		if found && !strings.Contains(code, `"`) && !strings.Contains(code, "<") || strings.HasPrefix(strings.TrimSpace(comment), "\"\"") {
			line = code
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

func literals(t *testing.T, path string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return strings.Join(all, "\n")
}

func TestWordsThatAreGoneDoNotComeBack(t *testing.T) {
	texts := readTexts(t)
	for pattern, instead := range gone {
		words := regexp.MustCompile(pattern)
		for path, text := range texts {
			assert.Empty(t, words.FindAllString(text, 3), "%s: say %s", path, instead)
		}
	}
}

func TestTheListOfWordsFindsThem(t *testing.T) {
	for _, text := range []string{"Mend it, test it", "kept for ever", "E-mail me", "an e-mail", "shown this once only", "It counts at once"} {
		found := false
		for pattern := range gone {
			found = found || regexp.MustCompile(pattern).MatchString(text)
		}
		require.True(t, found, text)
	}
	for _, text := range []string{"recommend", "amendment", "Email", "forever", "commended"} {
		for pattern := range gone {
			require.NotRegexp(t, pattern, text)
		}
	}
}
