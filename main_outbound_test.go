package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// outbound are the standard library's functions and types that make a connection, by package.
var outbound = map[string][]string{
	"http": {"Get", "Head", "Post", "PostForm", "Client", "DefaultClient", "Transport", "DefaultTransport"},
	"net":  {"Dial", "DialTimeout", "DialIP", "DialTCP", "DialUDP", "DialUnix", "Dialer", "Resolver", "LookupHost", "LookupIP", "LookupAddr"},
	"tls":  {"Dial", "DialWithDialer", "Dialer", "Client"},
}

// Every request to an address that a person typed goes through the guard: only the sender makes connections. The others
// connect to servers that the operator named.
func TestOnlyTheSenderMakesConnections(t *testing.T) {
	made := map[string][]string{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"bench", "e2e", "tools", "sender/ssrftest"}, path) { // never part of the program
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			if uses := connections(file); uses != nil {
				made[path] = uses
			}
		}
		return nil
	}))
	require.Equal(t, map[string][]string{
		"sender/attempt/client.go":     {"http.Transport"},
		"sender/attempt/dial.go":       {"net.Dialer"},
		"sender/attempt/dns.go":        {"net.Dialer", "net.Resolver"}, // asks name servers only
		"store/db/postgres/connect.go": {"net.Dialer"},                 // to the database
		"main_commands.go":             {"http.Transport"},             // iozen healthcheck asks the server itself
	}, made)
}

func connections(file *ast.File) []string {
	var uses []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && slices.Contains(outbound[pkg.Name], selector.Sel.Name) {
			uses = append(uses, pkg.Name+"."+selector.Sel.Name)
		}
		return true
	})
	slices.Sort(uses)
	return slices.Compact(uses)
}
