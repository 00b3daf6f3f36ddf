package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

// TestEveryActHasWords reads the program's own source: each action that is written to the audit log has words, and there are
// no words for an action that is never written.
func TestEveryActHasWords(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{".", "../store", "../store/db", "../sender/engine", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				if action := actionIn(n); action != nil {
					literal, ok := action.(*ast.BasicLit)
					require.True(t, ok, "%s: write the action out where it is audited", file)
					text, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					used[text] = true
				}
				return true
			})
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(used)), slices.Collect(maps.Keys(acts)))
}

// actionIn is the action of an AuditEntry{…}.
func actionIn(n ast.Node) ast.Expr {
	entry, ok := n.(*ast.CompositeLit)
	if !ok || !strings.HasSuffix(typeName(entry.Type), "AuditEntry") {
		return nil
	}
	for _, e := range entry.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok && typeName(pair.Key) == "Action" {
			return pair.Value
		}
	}
	return nil
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func TestEveryActHasAGroupOfThePage(t *testing.T) {
	for action, a := range acts {
		require.Contains(t, actGroups, a.group, action)
	}
	for _, group := range actGroups {
		require.NotEmpty(t, actsOf(group), group)
	}
}

func TestActWords(t *testing.T) {
	for _, c := range []struct {
		entry store.AuditEntry
		want  string
	}{
		{store.AuditEntry{Action: "signin"}, "signed in"},
		{store.AuditEntry{Action: "account.set_role", Target: "tom@acme.example", Note: "from editor to viewer"}, "changed the role of tom@acme.example from editor to viewer"},
		{store.AuditEntry{Action: "webhook.change", Note: "url, headers"}, "changed Webhook URL, Custom Headers"},
		{store.AuditEntry{Action: "webhook.switch_off", Target: outcome.SwitchOffGone}, "switched the webhook off: the endpoint said twice that it no longer exists (HTTP 410)"},
		{store.AuditEntry{Action: "bot.rename", Target: "{note}", Note: "was Quiz"}, "renamed the bot from “Quiz” to “{note}”"},
		{store.AuditEntry{Action: "bot.rename", Target: "B", Note: "was was A"}, "renamed the bot from “was A” to “B”"},
		{store.AuditEntry{Action: "webhook.origin_change", Target: "new.example", Note: "from old.example, and kept the hidden headers: Authorization, X-Team"}, "changed Webhook URL from old.example to new.example; hidden headers now go there too: Authorization, X-Team"},
		{store.AuditEntry{Action: "webhook.origin_change", Target: "new.example", Note: "of another version"}, "changed Webhook URL to new.example, of another version"},
		{store.AuditEntry{Action: "of.another.version", Target: "x"}, "of.another.version x"},
	} {
		require.Equal(t, c.want, actWords(c.entry))
	}
}
