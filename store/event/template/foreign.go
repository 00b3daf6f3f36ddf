package template

import (
	"regexp"
	"strings"

	"iozen/store/event/field"
)

// Other tools write placeholders in other ways. As a plain text they would be sent to the endpoint as they stand, and nobody
// would notice for weeks.
var (
	foreignPlaceholder = regexp.MustCompile(`[$#]?\{\s*([A-Za-z_]+(?:\.[\w.\-]+)?)\s*\}|<%=?\s*([A-Za-z_]+(?:\.[\w.\-]+)?)\s*%>|\[\[\s*([A-Za-z_]+(?:\.[\w.\-]+)?)\s*\]\]`)
	foreignBlock       = regexp.MustCompile(`\{%|<%\s*(?:if|for)\b`)
)

const noBlocks = "a template has no conditions and no loops; a missing value leaves its key out by itself"

// refuseForeign refuses what another tool would replace, if it names one of our fields.
func (s *scanner) refuseForeign(plain string, begin int) {
	if !strings.ContainsAny(plain, "{<[") {
		return
	}
	if at := foreignBlock.FindStringIndex(plain); at != nil {
		s.refuse(begin+at[0], noBlocks)
	}
	for _, at := range foreignPlaceholder.FindAllStringSubmatchIndex(plain, maxProblems) {
		name := ""
		for group := 2; group < len(at); group += 2 {
			if at[group] >= 0 {
				name = plain[at[group]:at[group+1]]
			}
		}
		if isOurs(name) {
			s.refuse(begin+at[0], "write {{%s}}: a placeholder has two brackets on each side", name)
		}
	}
}

// isOurs says whether a name is a field's and hardly anything else: {event} and {source} may be meant as they stand.
func isOurs(name string) bool {
	_, problem := field.Parse(name)
	return problem == "" && strings.ContainsAny(name, "._")
}

// isBlock recognizes {{#if …}}, {{/if}}, {{else}} and the like.
func isBlock(name string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(name, "#/%^-"), " ")
	switch strings.ToLower(word) {
	case "if", "unless", "else", "elseif", "elsif", "endif", "end", "each", "for", "foreach", "endfor", "with", "range", "loop":
		return true
	}
	return false
}
