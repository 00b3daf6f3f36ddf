package views

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTemplatesAskForNothingThatIsNotThere reads the templates: the Content-Security-Policy silently blocks inline style and
// script, and attributes of htmx do nothing (docs/decisions/0060).
func TestTemplatesAskForNothingThatIsNotThere(t *testing.T) {
	refused := regexp.MustCompile(`\s(style|on[a-z]+|hx-[a-z:-]+)=|<style|<script>`)
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		require.NoError(t, err)
		if path.Ext(name) != ".templ" {
			return nil
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Empty(t, refused.FindString(string(text)), name)
		return nil
	})
	require.NoError(t, err)
}
