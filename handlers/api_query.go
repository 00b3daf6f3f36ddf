package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store/strictjson"
)

// readQuery reads the parameters of an API call. An unknown one is refused, and so is one without its equals sign
// or value: a misspelt filter must not answer with everything.
func readQuery(c echo.Context, known ...string) (*queryReader, error) {
	r := &queryReader{values: c.QueryParams()}
	for name, values := range r.values {
		switch {
		case !slices.Contains(known, name):
			r.problems = append(r.problems, FieldError{Pointer: strictjson.Pointer("", name), Message: "unknown parameter"})
		case slices.Contains(values, ""):
			r.refuse(name, "has no value")
		}
	}
	if len(r.problems) > 0 {
		slices.SortFunc(r.problems, func(a, b FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
		return nil, invalid(r.problems)
	}
	return r, nil
}
