package handlers

import (
	"net/url"
	"path"
	"strings"

	"iozen/views"
)

// toolOf is the tool that a URL leads to; the zero value if we know none.
func toolOf(target string) views.Tool {
	u, err := url.Parse(target)
	if err != nil {
		return views.Tool{}
	}
	for _, t := range views.Tools() {
		for _, pattern := range t.Hosts {
			if found, _ := path.Match(pattern, strings.ToLower(u.Hostname())); found { // the patterns are ours, and valid
				return t
			}
		}
	}
	return views.Tool{}
}
