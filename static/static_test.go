package static

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, path, accept string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestAssetsAreImmutableAndCompressed(t *testing.T) {
	want := mustJoin(files)

	plain := get(t, URL("app.css"), "")
	body, err := io.ReadAll(plain.Body)
	require.NoError(t, err)
	require.Equal(t, want, body)
	require.Equal(t, immutable, plain.Header.Get("Cache-Control"))
	require.Equal(t, "text/css; charset=utf-8", plain.Header.Get("Content-Type"))

	small := get(t, URL("app.css"), "br, gzip")
	require.Equal(t, "gzip", small.Header.Get("Content-Encoding"))
	unzip, err := gzip.NewReader(small.Body)
	require.NoError(t, err)
	body, err = io.ReadAll(unzip)
	require.NoError(t, err)
	require.Equal(t, want, body)
}

func TestEveryStyleSheetIsInTheOneThatPagesLoad(t *testing.T) {
	entries, err := os.ReadDir("css")
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, strings.TrimSuffix(e.Name(), ".css"))
	}
	require.ElementsMatch(t, found, sheets)
}

func TestAnOldPageStillGetsItsFilesButUncached(t *testing.T) {
	res := get(t, Prefix+"000000000000/js/app.js", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "no-cache", res.Header.Get("Cache-Control"))
	require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"))
}

func TestWhatIsNotThere(t *testing.T) {
	for _, path := range []string{Prefix, Prefix + "x", Prefix + "x/nothing.css", Prefix + "x/../static.go", Prefix + "x/js"} {
		require.Equal(t, http.StatusNotFound, get(t, path, "").StatusCode, path)
	}
	require.Panics(t, func() { URL("nothing.css") })
}

// TestVendoredFilesAreTheReleasedOnes holds what is committed against the list that tools/vendor-static.sh wrote.
func TestVendoredFilesAreTheReleasedOnes(t *testing.T) {
	list, err := os.Open("vendor/SHA256SUMS")
	require.NoError(t, err)
	defer list.Close()
	listed := map[string]bool{"SHA256SUMS": true}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		sum, name, found := strings.Cut(lines.Text(), "  ")
		require.True(t, found, lines.Text())
		content, err := os.ReadFile("vendor/" + name)
		require.NoError(t, err)
		got := sha256.Sum256(content)
		require.Equal(t, sum, hex.EncodeToString(got[:]), name)
		listed[name] = true
	}
	entries, err := os.ReadDir("vendor")
	require.NoError(t, err)
	for _, e := range entries {
		require.True(t, listed[e.Name()], "%s is in no list", e.Name())
	}
}

// TestScriptsOfAPageAreSmall keeps the promise of quality.md for every page: less than 30 KB of JavaScript, gzip,
// everything included. A page loads what the layout names, and one module of its own with all that it imports.
func TestScriptsOfAPageAreSmall(t *testing.T) {
	layout := []string{"js/theme.js", "js/app.js"}
	imported := map[string]bool{}
	for name := range load().assets {
		for _, other := range imports(name) {
			imported[other] = true
		}
	}
	for name := range load().assets {
		if path.Ext(name) != ".js" || imported[name] {
			continue
		}
		size := 0
		for script := range withImports(append(layout, name)...) {
			size += len(load().assets[script].gzipped)
		}
		require.Less(t, size, 30_000, "the page of %s", name)
	}
}

var importPattern = regexp.MustCompile(`(?m)^import .*'\./([a-z]+\.js)';$`)

// imports are the modules that a script names.
func imports(name string) (found []string) {
	for _, m := range importPattern.FindAllSubmatch(load().assets[name].plain, -1) {
		found = append(found, "js/"+string(m[1]))
	}
	return found
}

func withImports(names ...string) map[string]bool {
	all := map[string]bool{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if !all[name] {
			all[name] = true
			names = append(names, imports(name)...)
		}
	}
	return all
}
