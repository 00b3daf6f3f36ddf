package handlers

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestNoCellIsRunOrRewrittenByASpreadsheet(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"Jane":                                 "Jane",
		"=cmd()":                               "'=cmd()",
		"+1234567890":                          "'+1234567890",
		"-5":                                   "'-5",
		"@SUM(A1)":                             "'@SUM(A1)",
		" =cmd()":                              "' =cmd()",
		"\t=cmd()":                             "\t'=cmd()",
		"\r=cmd()":                             "\n'=cmd()",
		"\n=cmd()":                             "\n'=cmd()",
		"＝cmd()":                               "'＝cmd()",
		"＋1":                                   "'＋1",
		"－1":                                   "'－1",
		"＠x":                                   "'＠x",
		"﹦1":                                   "'﹦1",
		"a;=cmd();b":                           "a;'=cmd();b",
		"a; =cmd()":                            "a;' =cmd()",
		`a;"=cmd()"`:                           `a;'"=cmd()"`,
		"a;=1;+2;-3;@4":                        "a;'=1;'+2;'-3;'@4",
		"a\t=cmd()":                            "a\t'=cmd()",
		"a\r\n=cmd()":                          "a\n'=cmd()",
		"a\n\n-b":                              "a\n\n'-b",
		";＝cmd()":                              ";'＝cmd()",
		"\u200b=cmd()":                         "'\u200b=cmd()",
		`"=cmd()`:                              `'"=cmd()`,
		"'=cmd()":                              "''=cmd()",
		"a=b":                                  "a=b",
		"jane@example.com":                     "jane@example.com",
		"spring-roof":                          "spring-roof",
		"1; 2, 3 - 4":                          "1; 2, 3 - 4",
		"https://x.example/?a=b":               "https://x.example/?a=b",
		"12345678901234567890":                 "'12345678901234567890",
		"1234567890123456":                     "'1234567890123456",
		"123456789012345":                      "123456789012345",
		"0049301234567":                        "'0049301234567",
		"00":                                   "'00",
		"0":                                    "0",
		"0.5":                                  "0.5",
		"10.00":                                "10.00",
		"12e34567":                             "'12e34567",
		"1E5":                                  "'1E5",
		"1.5e+3":                               "'1.5e+3",
		"2026-03-05T12:00:00.000Z":             "2026-03-05T12:00:00.000Z",
		"01890000-0000-7000-8000-000000000001": "01890000-0000-7000-8000-000000000001",
		"12345678901234567890.12345678":        "'12345678901234567890.12345678",
		"12345678901234567890a":                "12345678901234567890a",
	} {
		require.Equal(t, want, plainCell(text), "%+q", text)
	}
}

// FuzzPlainCell: however a spreadsheet separates cells, none begins like a formula.
func FuzzPlainCell(f *testing.F) {
	for _, text := range []string{"", "=a", "a;=b", "a\r=b", ";\t;-b", "＝", "0123", "a\n \"+"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := plainCell(text)
		for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
			if part = strings.TrimLeft(part, " \""); part != "" {
				require.NotContains(t, "=+-@", part[:1], "%q", cell)
			}
		}
		require.Equal(t, strings.NewReplacer("\r\n", "\n", "\r", "\n", "'", "").Replace(text), strings.ReplaceAll(cell, "'", ""), "nothing else is changed")
	})
}

func TestEveryLineOfACSVEndsWithCRLF(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.accept(`{"event_name":"Lead","custom_data":{"content_name":"two\nlines\rand a third"}}`)
	for _, path := range []string{"/deliveries/export?format=csv", "/audit/export?format=csv"} {
		res := ta.get(path)
		require.Equal(t, http.StatusOK, res.Code)
		body := res.Body.Bytes()
		require.True(t, bytes.HasSuffix(body, []byte("\r\n")), path)
		require.Equal(t, bytes.Count(body, []byte("\n")), bytes.Count(body, []byte("\r\n")), path)
		require.NotContains(t, strings.ReplaceAll(string(body), "\r\n", ""), "\r", path)
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Greater(t, len(rows), 1)
	}
	require.Contains(t, ta.get("/deliveries/export?format=csv&personal=1").Body.String(), "\"two\r\nlines\r\nand a third\"")
}

func TestADurationInAnExportIsNeverRoundedToNothing(t *testing.T) {
	for took, want := range map[time.Duration]string{
		412 * time.Microsecond: "0.412", 40 * time.Microsecond: "0.04", time.Microsecond: "0.001", 999 * time.Microsecond: "0.999",
		time.Millisecond: "1", 1999 * time.Microsecond: "1", 92 * time.Millisecond: "92", 30 * time.Second: "30000",
	} {
		require.Equal(t, want, exportDuration(store.Delivery{Attempts: 1, LastDuration: took}, sentPayload{}), took)
	}
	require.Empty(t, exportDuration(store.Delivery{}, sentPayload{}), "without an attempt")
}
