package main

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecurityNamesTestsThatExist compares SECURITY.md with the code: each promise needs a test that "make test" runs.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(named), 20)
	run := testsThatRun(t, ".")
	for _, name := range named {
		require.True(t, run[name[1]], "%s is named in SECURITY.md and not run by make test", name[1])
	}

	makefile, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	_, recipe, found := strings.Cut(string(makefile), "\ntest:\n")
	require.True(t, found)
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	require.Contains(t, recipe, "$(filter-out $(LONG) iozen/e2e iozen/bench%,$(shell go list ./...))", "make test runs all packages")
	require.Contains(t, recipe, " ./e2e ", "and those that are left out there")
	require.Contains(t, recipe, " ./bench/...")
	flags := regexp.MustCompile(`(?m)^(TESTS|RACE) :=.*$`).FindAllString(string(makefile), -1)
	require.NotRegexp(t, ` -(run|skip|short)\b`, recipe+strings.Join(flags, "\n"), "and nothing of them is left out")
}

// testsThatRun are the tests of all packages of a module that are compiled with our tags, on this system, and not skipped.
func testsThatRun(t *testing.T, root string) map[string]bool {
	t.Helper()
	ours := build.Default
	ours.BuildTags = []string{"netgo", "race"} // as make test builds them
	run := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return leftOut(root, path)
		}
		compiled, err := ours.MatchFile(filepath.Dir(path), entry.Name())
		if err != nil || !compiled || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isTest(f) && !skips(f) {
				run[f.Name.Name] = true
			}
		}
		return nil
	}))
	return run
}

// leftOut reports whether ./... leaves a folder out: hidden folders, test data and other modules.
func leftOut(root, path string) error {
	name := filepath.Base(path)
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" || err == nil) {
		return filepath.SkipDir
	}
	return nil
}

// isTest reports whether go test takes a function for a test.
func isTest(f *ast.FuncDecl) bool {
	if f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") || f.Type.Params.NumFields() != 1 {
		return false
	}
	pointer, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := pointer.X.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "T"
}

// skips reports whether a test may skip itself.
func skips(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		found = found || ok && strings.HasPrefix(call.Sel.Name, "Skip")
		return !found
	})
	return found
}

func TestOnlyTestsThatAreCompiledCount(t *testing.T) {
	root := t.TempDir()
	for name, source := range map[string]string{
		"a_test.go":              "package a\nfunc TestRuns(t *testing.T) {}\nfunc helper(t *testing.T) {}\nfunc TestOfAnother(b *testing.B) {}\nfunc TestTwo(t *testing.T, n int) {}",
		"a.go":                   "package a\nfunc TestInCode(t *testing.T) {}",
		"comment_test.go":        "package a\n// func TestInAComment(t *testing.T)\nvar text = `func TestInAText(t *testing.T)`",
		"tagged_test.go":         "//go:build torture\n\npackage a\nfunc TestTagged(t *testing.T) {}",
		"never_test.go":          "//go:build ignore\n\npackage a\nfunc TestNever(t *testing.T) {}",
		"ours_test.go":           "//go:build netgo\n\npackage a\nfunc TestOurs(t *testing.T) {}",
		"without_test.go":        "//go:build !netgo\n\npackage a\nfunc TestWithout(t *testing.T) {}",
		"a_windows_test.go":      "package a\nfunc TestElsewhere(t *testing.T) {}",
		"skipped_test.go":        "package a\nfunc TestSkipped(t *testing.T) { t.Skip() }\nfunc TestMaybe(t *testing.T) { if true { t.Skipf(``) } }",
		"method_test.go":         "package a\nfunc (s suite) TestMethod(t *testing.T) {}",
		"deep/er/b_test.go":      "package b\nfunc TestDeep(t *testing.T) {}",
		"testdata/c_test.go":     "package c\nfunc TestData(t *testing.T) {}",
		"other/go.mod":           "module other",
		"other/d_test.go":        "package d\nfunc TestOtherModule(t *testing.T) {}",
		".hidden/e_test.go":      "package e\nfunc TestHidden(t *testing.T) {}",
		"_old/f_test.go":         "package f\nfunc TestOld(t *testing.T) {}",
		"deep/_scratch_test.go":  "package b\nfunc TestScratch(t *testing.T) {}",
		"deep/race_off_test.go":  "//go:build !race\n\npackage b\nfunc TestWithoutRace(t *testing.T) {}",
		"deep/linux_ok_test.go":  "//go:build netgo && !torture\n\npackage b\nfunc TestBoth(t *testing.T) {}",
		"deep/er/more/g_test.go": "package g\nimport test `testing`\nfunc TestRenamed(x *test.T) {}",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(source), 0o600))
	}
	require.Equal(t, map[string]bool{"TestRuns": true, "TestOurs": true, "TestDeep": true, "TestBoth": true, "TestRenamed": true}, testsThatRun(t, root))
}
