package text

// Clip shortens a text that a message repeats: most characters of it, and … for the rest.
func Clip(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
