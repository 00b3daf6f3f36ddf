package db

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/statement"
)

// inSteps are the methods that write in more transactions than one, or one of no act, and why each may end between them.
var inSteps = map[string]string{
	"PersonEvents":      "the hashes of the journal are sorted in before it reads: no more of them, and no fewer",
	"PersonCounts":      "as PersonEvents",
	"ReturnFromFuture":  "the next round of maintenance goes on",
	"ExpireHeld":        "the next round goes on with the next bot",
	"Sweep":             "the next round goes on with what is left of a deleted bot",
	"SumHours":          "the next round sums from the first hour that is not summed",
	"DeleteFuture":      "the next round goes on",
	"DeleteOldCounters": "the next round goes on with the next bot",
	"DeleteOldAudit":    "one statement, of what is too old",
	"DeleteOldPeople":   "one statement, of what is too old",
	"DeleteOldPutBacks": "one statement, of what is too old",
	"DeleteOldJobs":     "one statement, of what is too old",
	"GiveBack":          "SQLite's own pages: no row changes",
	"Reseal":            "each batch is one transaction, and the next run goes on",
	"ResealDone":        "the audit entry is all that it writes; emptying the log is done again by the next round",
}

// TestEveryActThatWritesIsTriedWithAFailureAnywhere finds the exported methods that write by reading the code: whatever
// calls write or one of its kinds, itself or through another method of DB.
func TestEveryActThatWritesIsTriedWithAFailureAnywhere(t *testing.T) {
	tried := map[string]bool{}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(wholeActs)), slices.Collect(maps.Keys(accessActs))) {
		method, _, _ := strings.Cut(name, " ")
		tried[method] = true
	}
	var writers []string
	for name := range writingMethods(t) {
		if ast.IsExported(name) {
			writers = append(writers, name)
			require.False(t, tried[name] && inSteps[name] != "", "%s stands twice", name)
			if !tried[name] && inSteps[name] == "" {
				t.Errorf("%s writes: what does it leave behind when it fails halfway?", name)
			}
		}
	}
	for name := range tried {
		require.Contains(t, writers, name, "it does not write any more")
	}
	for name := range inSteps {
		require.Contains(t, writers, name, "it does not write any more")
	}
}

// auditedBeside are the acts that bring who acts inside of something else.
var auditedBeside = []string{"SaveWebhook", "ChangeWebhook", "CopyWebhook", "CreateKey", "CreateInvitation", "CreateFirstAccount", "AcceptInvitation", "CommitSession of a sign-in"}

// isAudited says whether a row is an act of somebody: its method takes an Actor.
func isAudited(row string) bool {
	method, _, _ := strings.Cut(row, " ")
	if slices.Contains(auditedBeside, row) || slices.Contains(auditedBeside, method) {
		return true
	}
	m, ok := reflect.TypeFor[*DB]().MethodByName(method)
	return ok && slices.Contains(slices.Collect(m.Type.Ins()), reflect.TypeFor[store.Actor]())
}

func TestEveryActOfSomebodyIsAuditedInItsTransaction(t *testing.T) {
	commit := func(t *testing.T, m *middle, row string, act func(context.Context) error) {
		audits := func() (n int) {
			require.NoError(t, m.reader.Row(t.Context(), `SELECT COUNT(*) FROM audit`).Scan(&n))
			return n
		}
		before, groups, begin := audits(), 0, m.writer.begin
		m.writer.begin = func(q *statement.Statements, now time.Time) *tx { groups++; return begin(q, now) }
		require.NoError(t, act(t.Context()))
		m.writer.begin = begin
		require.Equal(t, 1, groups, "one transaction")
		require.Greater(t, audits(), before, "%s", row)
	}
	for row, act := range wholeActs {
		if isAudited(row) {
			t.Run(row, func(t *testing.T) {
				m := newMiddle(t)
				commit(t, m, row, func(ctx context.Context) error { return act(ctx, m) })
			})
		}
	}
	for row, act := range accessActs {
		if isAudited(row) {
			t.Run(row, func(t *testing.T) {
				h := newInstallation(t)
				commit(t, h.middle, row, func(ctx context.Context) error { return act(ctx, h) })
			})
		}
	}
}

// writingMethods are the methods of DB that begin a transaction, themselves or through another one.
func writingMethods(t *testing.T) map[string]bool {
	t.Helper()
	calls := callsOfMethods(t)
	writes := map[string]bool{"write": true, "writeLazily": true, "writeBulk": true, "writeJoining": true}
	for found := true; found; {
		found = false
		for name, called := range calls {
			if !writes[name] && slices.ContainsFunc(called, func(c string) bool { return writes[c] }) {
				writes[name], found = true, true
			}
		}
	}
	return writes
}

// callsOfMethods are the methods of DB, each with those of its own receiver that it calls.
func callsOfMethods(t *testing.T) map[string][]string {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	calls := map[string][]string{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && receiverOf(f) != "" {
				calls[f.Name.Name] = calledOn(receiverOf(f), f.Body)
			}
		}
	}
	return calls
}

// receiverOf is what a method of DB calls its DB; "" of any other function.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List[0].Names) == 0 {
		return ""
	}
	star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	if name, ok := star.X.(*ast.Ident); !ok || name.Name != "DB" {
		return ""
	}
	return f.Recv.List[0].Names[0].Name
}

func calledOn(receiver string, body ast.Node) (methods []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok {
			if on, ok := s.X.(*ast.Ident); ok && on.Name == receiver {
				methods = append(methods, s.Sel.Name)
			}
		}
		return true
	})
	return methods
}
