package handlers

import (
	"fmt"

	"iozen/views/ui"
)

// countLimit is how far counting goes; what is more is "1,000+".
const countLimit = 1000

func atMost(n int) string {
	if n > countLimit {
		return ui.Number(countLimit) + "+"
	}
	return ui.Number(n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// percentOf is which part of all something is. It is rounded down, so that 100 % is all of it.
func percentOf(part, all int) string {
	if part == all {
		return "100 %"
	}
	return fmt.Sprintf("%d.%d %%", 100*part/all, 1000*part/all%10)
}
