package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// showing are acts that change nothing: something was shown, or somebody was refused.
var showing = regexp.MustCompile(`\.(reveal|reveal_[a-z]+|export)$|^signin\.(failed|code_failed)$`)

// TestHandlersAuditOnlyWhatTheyShow: an act that changes something has its audit entry in the store's transaction, so no
// handler may write one.
func TestHandlersAuditOnlyWhatTheyShow(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	audited := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || f.Name() == "audit_words.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			for _, action := range auditedActions(n) {
				audited++
				require.Regexp(t, showing, action, f.Name())
			}
			return true
		})
	}
	require.Positive(t, audited)
}

// auditedActions are the actions of a call of a.audit, or of an AuditEntry.
func auditedActions(n ast.Node) (actions []string) {
	text := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			action, err := strconv.Unquote(literal.Value)
			if err == nil {
				actions = append(actions, action)
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "audit" && len(n.Args) > 1 {
			text(n.Args[1])
		}
	case *ast.CompositeLit:
		if of, ok := n.Type.(*ast.SelectorExpr); !ok || of.Sel.Name != "AuditEntry" {
			return nil
		}
		for _, e := range n.Elts {
			if field, ok := e.(*ast.KeyValueExpr); ok && field.Key.(*ast.Ident).Name == "Action" {
				text(field.Value)
			}
		}
	}
	return actions
}
