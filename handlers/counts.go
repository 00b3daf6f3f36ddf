package handlers

import "iozen/views/ui"

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
