package target

import (
	"regexp"
	"strings"

	"iozen/store/text"
)

// Typing errors that turn a URL into another one than was meant: each has its own message, with the URL that was probably
// meant.
var (
	// brokenScheme matches a scheme that lost a letter, or the characters after it: https:/x, https//x, ttps://x.
	brokenScheme = regexp.MustCompile(`^(?i)h{0,2}t{1,3}p(s?)(?:[:;]/{0,3}|/{2,3})`)
	// innerScheme is where a second URL begins within the first.
	innerScheme = regexp.MustCompile(`(?i)https?(?:://?|//)`)
	// doubledScheme matches a scheme after a scheme, whatever became of its colon and slashes; a port may follow a host.
	doubledScheme = regexp.MustCompile(`^(?i)(https?)(?::/+|:|/+)((?:[^\d/]|\d+[^\d/]).*)$`)
)

// suggestSlip is the URL that a text with a broken scheme means, if it would do.
func suggestSlip(typed string) []string {
	m := brokenScheme.FindStringSubmatchIndex(typed)
	if m == nil {
		return nil
	}
	scheme := "http"
	if m[3] > m[2] {
		scheme = "https"
	}
	return suggestIfFine(scheme + "://" + typed[m[1]:])
}

// checkWhole refuses texts that are not the one URL that somebody meant: its scheme twice, two glued together, or one
// with something left to fill in.
func checkWhole(typed, scheme, rest string) *URLProblem {
	if inner := doubledScheme.FindStringSubmatch(rest); inner != nil {
		return &URLProblem{
			Code: "doubled-scheme", Message: scheme + ":// is there twice",
			Suggest: suggestIfFine(scheme+"://"+inner[2], strings.ToLower(inner[1])+"://"+inner[2]),
		}
	}
	if first, second := splitGlued(typed); second != "" {
		return &URLProblem{Code: "two-urls", Message: "two addresses are joined here. Choose one", Suggest: suggestIfFine(first, second)}
	}
	authority, _ := SplitAuthority(rest)
	found := urlPlaceholder(typed)
	if found == "" {
		found = singleBraces.FindString(authority)
	}
	if found != "" {
		problem := &URLProblem{Code: "placeholder", Message: fillIn(found)}
		if strings.ContainsAny(authority, "${<") {
			problem.Code = "bad-host-char" // what is wrong with the host stays the first rule that it breaks
		}
		return problem
	}
	return nil
}

// splitGlued separates two URLs that were pasted one right after the other. A URL within another one's path or query
// follows a separator there (/proxy/https://…, ?to=https://…).
func splitGlued(typed string) (first, second string) {
	for _, m := range gluedScheme.FindAllStringSubmatchIndex(typed, -1) {
		listed := strings.ContainsAny(typed[m[2]-1:m[2]], ",;|")
		if m[2] > len("https://") && !(listed && strings.Contains(typed[:m[2]], "?")) { // ?to=https://…,https://…
			return strings.TrimRight(typed[:m[2]], ",;|"), typed[m[2]:]
		}
	}
	return typed, ""
}

var gluedScheme = regexp.MustCompile(`[A-Za-z0-9,;|](https?://)`)

// fragmentProblem refuses a #: what follows it never leaves a browser. Only the person knows whether it belongs to the
// address; a page keeps its own state in it.
func fragmentProblem(origin, tail string) *URLProblem {
	before, fragment, _ := strings.Cut(tail, "#")
	if strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!") {
		return &URLProblem{Code: "fragment", Message: "an address with #" + fragment[:1] + " is a page for people. Copy the webhook address that the page shows"}
	}
	p := &URLProblem{Code: "fragment", Message: "remove the part from # on"}
	if !strings.ContainsRune(before, '?') {
		p.Suggest = suggestIfFine(origin + before)
		return p
	}
	p.Message = "remove the part from # on, or write # as %23 if it belongs to a value"
	p.Suggest = suggestIfFine(origin+before, origin+before+"%23"+strings.ReplaceAll(fragment, "#", "%23"))
	return p
}

// notInURLs are the ASCII characters that RFC 3986 does not allow (everybody sends the brackets of a[]=1 as they are). A
// space is refused instead: it is more likely a typing error.
const notInURLs = "\"<>\\^`{|}"

// escapeTail percent-encodes what may not be sent raw; everything else is sent as typed.
func escapeTail(tail string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(tail) {
		if c := tail[i]; c < 0x80 && strings.IndexByte(notInURLs, c) < 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// URLRemarks are what a person should know about a URL that was typed and will be stored in another form.
func URLRemarks(typed, checked string) (remarks []string) {
	typed = strings.TrimSpace(typed)
	if _, found := cleanURL(typed); len(found) > 0 {
		remarks = append(remarks, "Taken out: "+text.Words(found)+".")
	}
	if clean, _ := cleanURL(typed); strings.Count(checked, "%") > strings.Count(clean, "%") {
		if brace := singleBraces.FindString(clean); brace != "" {
			remarks = append(remarks, "If "+brace+" is a placeholder, fill it in.")
		}
		remarks = append(remarks, "Characters that a URL can't hold are escaped. It is sent as "+checked)
	}
	if strings.Contains(checked, "&amp;") {
		remarks = append(remarks, "It has &amp; in it, as the source of a web page does. A plain & is probably meant.")
	}
	return remarks
}

var singleBraces = regexp.MustCompile(`\{[A-Za-z][A-Za-z0-9_-]*\}`)
