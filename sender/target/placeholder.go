package target

import (
	"net/url"
	"regexp"
	"strings"

	"iozen/store/text"
)

// placeholders are the ways in which documentation marks what is to be filled in. They hold for URLs and headers alike,
// so nothing is among them that a real address or secret is likely to contain: no single braces, no lower-case
// $variable (OData has $filter), no percent sign that begins an escape.
var placeholders = []*regexp.Regexp{
	regexp.MustCompile(`\{\{[^{}]*\}\}`),                              // {{id}}
	regexp.MustCompile(`\$\{[^{}]+\}`),                                // ${TOKEN}
	regexp.MustCompile(`\$\([^()]+\)`),                                // $(cat token)
	regexp.MustCompile(`(?:^|[^A-Za-z0-9$])(\$[A-Z_][A-Z0-9_]+)\b`),   // $TOKEN
	regexp.MustCompile(`(?:^|[^A-Za-z0-9%])(%[A-Z_]*[G-Z_][A-Z_]*%)`), // %TOKEN%
	regexp.MustCompile(`<[A-Za-z][A-Za-z0-9 _-]+>`),                   // <your-id>
	regexp.MustCompile(`\[(?i:your|my|insert|enter)[ _-][A-Za-z0-9 _-]+\]`),
	regexp.MustCompile(`(?:^|[^A-Za-z0-9])(YOUR[_-][A-Z0-9_-]*[A-Z0-9])`), // YOUR_DOMAIN, YOUR-API-KEY
	regexp.MustCompile(`(?:^|[^A-Za-z0-9])((?i:your[_-]?(?:own[_-]?)?(?:sub)?(?:domain|hook|webhook|endpoint|id|token|key|secret|api[_-]?key|api[_-]?token|access[_-]?token|host|hostname|site|url|tenant|account|instance|password|username|workspace|company)))(?:[^A-Za-z0-9-]|$)`),
	regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])((?:API|ACCESS|AUTH|BEARER|SECRET|PRIVATE|CLIENT|WEBHOOK)_(?:KEY|TOKEN|SECRET|ID))(?:[^A-Za-z0-9_-]|$)`),
	regexp.MustCompile(`(?:^|[/=\s])((?i:your)[_-][A-Za-z0-9_-]+[_-](?i:here))(?:$|[/&?\s])`), // your-token-here
	regexp.MustCompile(`(?:^|[/=\s])((?:INSERT|ENTER|PASTE|REPLACE|CHANGE)_[A-Z0-9_]*[A-Z0-9]|(?i:change[_-]?me))(?:$|[/&?\s])`),
	regexp.MustCompile(`(?:^|[/=\s])([xX]{8,40}|\*{4,})(?:$|[/&?\s])`), // XXXXXXXXXXXX, ********
	regexp.MustCompile(`\[(?i:redacted|hidden|masked|filtered)\]`),
	regexp.MustCompile(`<%[^%]+%>`),   // <%= token %>
	regexp.MustCompile(`#\{[^{}]+\}`), // #{token}
	regexp.MustCompile(`…`),           // a token that was cut where it was copied from
	regexp.MustCompile(`(?:^|[/=\s])(\.{3,})(?:$|[/&\s])`),
}

// pathParameter is how frameworks write a part of a path that varies: /hooks/:id.
var pathParameter = regexp.MustCompile(`/(:[A-Za-z_][A-Za-z0-9_]*)(?:[/?]|$)`)

// findPlaceholder returns the first part of a text that was left to be filled in, or "".
func findPlaceholder(text string) string {
	first, at := "", len(text)
	for _, p := range placeholders {
		found, start := group(p, text)
		if markup := strings.HasPrefix(found, "<") && strings.Contains(text, "</"); found != "" && start < at && !markup {
			first, at = found, start
		}
	}
	return first
}

// urlPlaceholder is findPlaceholder for a URL, which may hold it escaped, as a browser copies it.
func urlPlaceholder(text string) string {
	if found := findPlaceholder(text); found != "" {
		return found
	}
	if unescaped, err := url.PathUnescape(text); err == nil && unescaped != text {
		if found := findPlaceholder(unescaped); strings.HasPrefix(found, "{{") || strings.HasPrefix(found, "<") {
			return found
		}
	}
	if strings.HasSuffix(text, "...") {
		return "..."
	}
	path, _, _ := strings.Cut(text, "?")
	found, _ := group(pathParameter, path)
	return found
}

// group is the last group of a match, or all of it where the expression has none, and where it begins.
func group(p *regexp.Regexp, text string) (found string, start int) {
	m := p.FindStringSubmatchIndex(text)
	if m == nil {
		return "", -1
	}
	m = m[len(m)-2:]
	return text[m[0]:m[1]], m[0]
}

// fillIn says what to do about a placeholder.
func fillIn(placeholder string) string {
	const longest = 40 // more than that is hardly a name
	if strings.Trim(placeholder, ".…") == "" {
		return "it was cut off at " + placeholder + ". Copy all of it"
	}
	return "fill in " + text.Clip(placeholder, longest) + ", which is only a placeholder"
}
