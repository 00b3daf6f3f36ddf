package views

// Conflict is a field that somebody else changed while it was edited here: both values, to choose from.
type Conflict struct {
	Who           string // "tom@acme.example", "You, in another tab,"
	Label         string
	Yours, Theirs []string // lines
	ValuesOnly    bool     // what shows is the same: only hidden values differ
}

// parting cuts two texts where they begin to differ: what they share stays quiet, the rest stands out.
func parting(text, other string) (same, rest string) {
	a, b := []rune(text), []rune(other)
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return string(a[:n]), string(a[n:])
}

// lineOf is a line of the other text, "" past its end.
func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
