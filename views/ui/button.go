package ui

import "github.com/a-h/templ"

// Variant is the attribute that says how a button looks. The plain one, which is the main action, has none: an empty
// attribute matches no rule of the style sheet, and the button would be bare text.
func Variant(name string) templ.Attributes {
	if name == "" {
		return nil
	}
	return templ.Attributes{"data-variant": name}
}
