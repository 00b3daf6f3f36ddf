package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGroupsAreApartByTwoDashes(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"./e2e", []string{"./e2e"}},
		{"./e2e -- -race ./store ./sender", []string{"./e2e", "-race ./store ./sender"}},
		{"-- ./e2e --", []string{"./e2e"}},
		{"", nil},
	} {
		var got []string
		for _, g := range groups(strings.Fields(c.args)) {
			got = append(got, strings.Join(g, " "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, not %q", c.args, got, c.want)
		}
	}
}

// TestARunSaysHowItWent runs the real go test on a module with one package.
func TestARunSaysHowItWent(t *testing.T) {
	const pass = "package x\nimport \"testing\"\nfunc TestGood(t *testing.T) { t.Log(\"quiet\") }\n"
	for _, c := range []struct {
		name, source string
		args         []string
		well         bool
		says         []string
		never        string
	}{
		{"all pass", pass, []string{"./..."}, true, []string{"ok  \tx\t", "1 packages in ", "1 passed, 0 failed\n"}, "quiet"},
		{
			"a failure is shown whole", pass + "func TestBad(t *testing.T) { t.Log(\"before\"); t.Fatal(\"because\") }\n",
			[]string{"./..."},
			false,
			[]string{"--- FAIL: TestBad", "before", "because", "FAIL\tx\t", "1 passed, 1 failed\n"},
			"quiet",
		},
		{
			"what a subtest said is shown", pass + "func TestBad(t *testing.T) { t.Run(\"part\", func(t *testing.T) { t.Fatal(\"because\") }) }\n",
			[]string{"./..."},
			false,
			[]string{"--- FAIL: TestBad/part", "because", "1 passed, 2 failed\n"},
			"quiet",
		},
		{
			"a panic is shown whole", pass + "func TestBad(t *testing.T) { panic(\"our own\") }\n",
			[]string{"./..."},
			false,
			[]string{"panic: our own", "goroutine ", "FAIL\tx\t", "1 passed, 1 failed\n"},
			"quiet",
		},
		{
			"a test that runs out of time is shown", pass + "func TestBad(t *testing.T) { select {} }\n",
			[]string{"-timeout", "100ms", "./..."},
			false,
			[]string{"TestBad", "FAIL\tx\t"},
			"0 failed",
		},
		{
			"a package that does not build", pass + "func TestBad(t *testing.T) { nonsense }\n",
			[]string{"./..."},
			false,
			[]string{"undefined: nonsense", "FAIL\tx\t", "0 passed, 1 failed\n"},
			"0 failed",
		},
		{"no test ran", "package x\n", []string{"./..."}, false, []string{"no test ran", "0 passed, 1 failed\n"}, "0 failed"},
		{"a package that is not there", pass, []string{"./nowhere"}, false, []string{"0 passed, 1 failed\n"}, "0 failed"},
		{"a flag that is not there", pass, []string{"-nonsense", "./..."}, false, []string{"0 passed, 1 failed\n"}, "0 failed"},
		{
			"the process ends in the middle", "package x\nimport (\"os\"; \"testing\")\nfunc TestMain(m *testing.M) { os.Exit(3) }\nfunc TestGood(t *testing.T) {}\n",
			[]string{"./..."},
			false,
			[]string{"FAIL\tx\t", "0 passed, 1 failed\n"},
			"0 failed",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"go.mod": "module x\n\ngo 1.26\n", "x_test.go": c.source, "x.go": "package x\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(dir)
			var out bytes.Buffer
			r := newReport(&out)
			runAll(context.Background(), r, [][]string{c.args})
			if well := r.close(); well != c.well {
				t.Errorf("well: %v\n%s", well, out.String())
			}
			for _, text := range c.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("it does not say %q:\n%s", text, out.String())
				}
			}
			if c.never != "" && strings.Contains(out.String(), c.never) {
				t.Errorf("it says %q:\n%s", c.never, out.String())
			}
		})
	}
}
