package handlers

import (
	"path"
	"strings"

	"iozen/views"
)

// toolOf is the tool that a URL leads to; the zero value if we know none.
func toolOf(target string) views.Tool {
	host := strings.ToLower(hostnameOf(target))
	for _, t := range views.Tools() {
		for _, pattern := range t.Hosts {
			if found, _ := path.Match(pattern, host); found { // the patterns are ours, and valid
				return t
			}
		}
	}
	return views.Tool{}
}
