package target

import (
	"regexp"
	"slices"
	"strings"

	"iozen/store/text"
)

// PastedURL is what was found in a text that was pasted as a webhook's URL. Nothing is guessed: if two URLs may be meant, a
// person chooses.
type PastedURL struct {
	URL     string   // the one that is meant; "" for none, or for several
	Choices []string // those that may be meant
	Done    string   // what was done to the text, as a sentence; "" for nothing
}

// maxPasted bounds a paste that is read; a longer one holds no URL that somebody copied.
const maxPasted = 64 << 10

// ReadPastedURL finds the URL in a text: a command, a line of a document, a label and the text around it.
func ReadPastedURL(pasted string) PastedURL {
	if len(pasted) > maxPasted {
		return PastedURL{}
	}
	plain, odd := text.PlainSpaces(pasted)
	plain, hidden := text.Strip(plain)
	plain = strings.ReplaceAll(strings.TrimSpace(plain), `\/`, "/") // JSON
	urls, done := urlsOfCommand(plain)
	if urls == nil {
		bare := unescaped(plain)
		if urls, done = urlsOfText(bare); done == "" && bare != plain {
			done = "The escapes of JSON or of a web page's source were undone."
		}
	}
	switch len(urls) {
	case 0:
		return PastedURL{}
	case 1:
		if hidden = append(odd, hidden...); done == "" && len(hidden) > 0 {
			done = "Invisible characters were taken out."
		}
		return PastedURL{URL: urls[0], Done: done}
	}
	return PastedURL{Choices: urls}
}

// urlsOfCommand are those that a command is sent to, nil if the text is not a command.
func urlsOfCommand(pasted string) (urls []string, done string) {
	lines := strings.Split(pasted, "\n")
	for i := 0; i < len(lines); i++ {
		if program := programOf(lines[i]); program == "" || options.MatchString(strings.TrimSpace(lines[i])) {
			continue
		}
		cmd := readCommand(lines[i:], i+1)
		for _, found := range cmd.urls {
			if url := withScheme(found); !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
		i += cmd.length - 1
	}
	return urls, "Only the URL of the command was taken."
}

// unescaped undoes how JSON and the source of a web page write a URL's characters.
func unescaped(pasted string) string {
	pasted = jsonEscape.ReplaceAllStringFunc(pasted, func(escape string) string {
		plain, _ := unescape(escape)
		return plain
	})
	return strings.ReplaceAll(pasted, "&amp;", "&")
}

// jsonEscape is an ASCII character that is neither a control character nor a quotation mark.
var jsonEscape = regexp.MustCompile(`\\u00(?:2[013-9a-fA-F]|[3-6][0-9a-fA-F]|7[0-9a-eA-E])`)

// withScheme puts a scheme before an address that has none: plain HTTP stays within this machine or its network.
func withScheme(address string) string {
	if innerScheme.MatchString(address) {
		return address
	}
	host, _ := SplitAuthority(address)
	if bare, _, problem := splitHostPort(host); problem == nil && StaysInside(strings.Trim(bare, "[]")) {
		return "http://" + address
	}
	return "https://" + address
}

var (
	urlStart = regexp.MustCompile(`(?i)https?://`)
	urlEnd   = regexp.MustCompile("[\\s<>\"“”„«»`，。、；：！？（）「」『』【】《》〈〉]|['’‘](?:[\\s,;)\\]]|$)")
	bareHost = regexp.MustCompile(`^(?:(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*|localhost)(?::\d+)?(?:[/?][^\s<>"]*)?$`)
	around   = "\"'`“”„‘’«»<>()[]{}，。、；：！？（）「」『』【】《》〈〉"
	// cellEnds are what ends a URL behind the character that it follows: Slack's <url|label>, a cell of a table.
	cellEnds = map[byte]string{'<': "|", '[': "|", '|': "|", ',': ",", ';': ";"}
	// blank matches a part of a URL that is to be filled in, <your-id>, and not an element of a web page.
	blank      = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9 _-]+>`)
	elements   = regexp.MustCompile(`^</?(?i:a|b|br|code|dd|div|dt|em|font|hr|i|img|li|ol|p|pre|small|span|strong|td|th|tr|u|ul|wbr)\b[^>]*>`)
	wrapped    = regexp.MustCompile(`^[A-Za-z0-9%&=/_.?~-]+$`)
	emphasises = "*_~"
)

// urlsOfText are the URLs in a text, each once, without the punctuation around them.
func urlsOfText(pasted string) (urls []string, done string) {
	starts := urlStart.FindAllStringIndex(pasted, -1)
	if len(starts) == 0 {
		bare := strings.Trim(pasted, around+",;")
		if bareHost.MatchString(bare) {
			return []string{withScheme(bare)}, withScheme(bare)[:strings.Index(withScheme(bare), "://")+3] + " was put in front."
		}
		return nil, ""
	}
	rest := pasted
	for end := 0; ; {
		m := urlStart.FindStringIndex(pasted[end:])
		if m == nil {
			break
		}
		begin := end + m[0]
		found := pasted[begin : begin+urlLength(pasted[begin:])]
		if begin > 0 {
			if stop := cellEnds[pasted[begin-1]]; stop != "" {
				found, _, _ = strings.Cut(found, stop)
			}
		}
		end, rest = begin+len(found), pasted[begin+len(found):]
		for _, url := range unjoined(trimmed(found, pasted[:begin], found != pasted)) {
			if !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	if len(urls) != 1 {
		return urls, ""
	}
	if whole, broken := rejoined(pasted, urls[0], rest); broken {
		return append(urls, whole), ""
	}
	if urls[0] != pasted {
		done = "What stood around the URL was left out."
	}
	return urls, done
}

// urlLength is how much of a text is the URL that it begins with.
func urlLength(text string) int {
	for end := 0; ; {
		stop := urlEnd.FindStringIndex(text[end:])
		if stop == nil {
			return len(text)
		}
		end += stop[0]
		fill := blank.FindString(text[end:])
		if fill == "" || elements.MatchString(fill) {
			return end
		}
		end += len(fill)
	}
}

// trimmed removes what a sentence, a label or markup put after a URL.
func trimmed(found, before string, surrounded bool) string {
	for {
		n := len(found)
		if strings.HasSuffix(found, "...") { // cut off where it was copied from: that is said
			return found
		}
		found = strings.TrimRight(found, ".,;:!'’")
		if surrounded {
			found = strings.TrimRight(found, "?|\\")
		}
		for _, pair := range []string{"()", "[]", "{}"} {
			if strings.HasSuffix(found, pair[1:]) && strings.Count(found, pair[1:]) > strings.Count(found, pair[:1]) {
				found = found[:len(found)-1]
			}
		}
		if last := len(found) - 1; last >= 0 && before != "" && before[len(before)-1] == found[last] && strings.IndexByte(emphasises, found[last]) >= 0 {
			found = strings.TrimRight(found, found[last:])
		}
		if len(found) == n {
			return found
		}
	}
}

// unjoined separates URLs that were pasted one right after the other, and Markdown's [url](url).
func unjoined(found string) (urls []string) {
	if first, second, link := strings.Cut(found, "]("); link {
		return append(unjoined(first), unjoined(strings.TrimSuffix(second, ")"))...)
	}
	first, second := splitGlued(found)
	if second == "" {
		return []string{first}
	}
	return append([]string{first}, unjoined(second)...)
}

// rejoined is the URL as it was before a line was broken, or a space slipped in: it may be meant where all that
// follows could be its end.
func rejoined(pasted, url, rest string) (whole string, broken bool) {
	if !strings.HasPrefix(pasted, url) || url+rest != pasted {
		return "", false
	}
	parts := strings.Fields(rest)
	if len(parts) == 0 || len(parts) > 1 && strings.ContainsAny(strings.TrimSpace(rest), " \t") {
		return "", false
	}
	for _, part := range parts {
		if !wrapped.MatchString(part) {
			return "", false
		}
	}
	return url + strings.Join(parts, ""), true
}
