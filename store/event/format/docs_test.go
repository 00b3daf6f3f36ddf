package format

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/event/field"
	"iozen/store/event/template"
	"iozen/store/option"
)

func TestTheDocumentedTemplatesCanBeSaved(t *testing.T) {
	text, err := os.ReadFile("../../../docs/formats.md")
	require.NoError(t, err)
	blocks := strings.Split(string(text), "```")
	require.Greater(t, len(blocks), 6)
	for i := 1; i < len(blocks); i += 2 {
		document := strings.TrimPrefix(blocks[i], "json")
		require.Empty(t, Check(option.Format{Type: option.FormatJSON, Template: document, Encoding: option.EncodingForm}), document)
	}
	for _, filter := range template.Filters() {
		require.Contains(t, string(text), "`"+filter.Use+"`")
	}
	for _, known := range field.Known() {
		root, name, _ := strings.Cut(known, ".")
		require.Contains(t, string(text), "`"+root)
		if root == "user_data" {
			require.Contains(t, string(text), "."+name+"`")
		}
	}
}
