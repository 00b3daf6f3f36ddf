package handlers

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
)

var (
	// cellStart is where a spreadsheet may see a cell begin: at the beginning of the text or of a line, or after a
	// semicolon or tab, which separate cells wherever the comma is the decimal mark, quoted or not.
	cellStart = regexp.MustCompile(`(^|[;\t\n])([ \x{a0}\f\v"'\x{feff}\x{200b}-\x{200f}\x{2060}\x{202a}-\x{202e}]*[=+\-@＝＋－＠﹢﹣﹦﹫])`)
	// rewritten matches a text that a spreadsheet takes for a number and shows differently: digits past the 15th become
	// zeros, leading zeros are dropped, 12e5 becomes 1200000.
	rewritten = regexp.MustCompile(`^([0-9.,]{16,}|0[0-9]+|[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+)$`)
)

// plainCell puts an apostrophe before a text that a spreadsheet would run as a formula or show differently: somebody chose
// that text, such as a bot's name.
func plainCell(text string) string {
	if rewritten.MatchString(text) {
		return "'" + text
	}
	if !strings.ContainsAny(text, "=+-@＝＋－＠﹢﹣﹦﹫") { // nearly all
		return oneBreak.Replace(text)
	}
	return cellStart.ReplaceAllString(oneBreak.Replace(text), "$1'$2")
}

// oneBreak writes all line breaks as one kind; the writer makes CRLF of it.
var oneBreak = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// newCSV writes CSV as RFC 4180 has it, with CRLF at the end of each line.
func newCSV(w io.Writer) *csv.Writer {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out
}
