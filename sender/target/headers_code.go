package target

import (
	"regexp"
	"strings"

	"iozen/store/event"
)

var (
	// headersObject is where a program's text gives its headers as an object or list: "headers": {, -Headers @{.
	headersObject = regexp.MustCompile(`(?i)[\w$]*headers?["']?(?:\s*(?:=>|[:=])\s*(?:new\s+Headers\s*\(\s*)?(?:array\s*|dict\s*)?@?|\s+@)[{\[(]`)
	// headerCall is where it gives them one by one: req.Header.Set("X-A", "1"). A value that is not a string is code.
	headerCall = regexp.MustCompile(`(?i)header\w*(?:\.\w+)*\(\s*["']([^"'\n]+)["']\s*,\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')?\s*(\)?)`)
	// plainHeader matches a line that is a header as it is, and not a line of a program.
	plainHeader = regexp.MustCompile("(?m)^[A-Za-z0-9][\\w.-]*: [^\"'`{\\[(\n]*[^\"'`{\\[(,;\\s]\\s*$")
	// requestLine is what browsers copy among the headers although it is not one: :method of HTTP/2, without its colon.
	requestLine = regexp.MustCompile(`^(?i)(?:authority|method|path|scheme)$`)
)

// headersInCode finds the headers in the text of a program that sends a request, fetch(…) or requests.post(…), where it
// gives them in one place. The text around them is dropped, so it must not contain the mask of a stored value.
func headersInCode(typed string) (lines []headerLine, notes []LineProblem, found bool) {
	if strings.Contains(typed, event.Mask) || plainHeader.MatchString(typed) {
		return nil, nil, false
	}
	given, found := headersOfObject(typed)
	if !found {
		given, found = headersOfCalls(typed)
	}
	if !found {
		return nil, nil, false
	}
	code := command{}
	for _, h := range given {
		if !requestLine.MatchString(h.Name) {
			code.take(h)
		}
	}
	if len(code.headers) == 0 {
		return nil, nil, false
	}
	return code.headers, append([]LineProblem{{given[0].number, "only the headers of the code are taken"}}, code.notes...), true
}

func headersOfObject(typed string) ([]headerLine, bool) {
	places := headersObject.FindAllStringIndex(typed, 2)
	if len(places) != 1 {
		return nil, false
	}
	r := literalReader{text: typed, at: places[0][1] - 1, line: lineAt(typed, places[0][1]-1)}
	value, closed := r.value()
	lit := literal{}
	lit.take(value)
	return lit.headers, closed && len(lit.problems) == 0 && len(lit.headers) > 0
}

func headersOfCalls(typed string) (headers []headerLine, found bool) {
	for _, m := range headerCall.FindAllStringSubmatchIndex(typed, maxHeaders+1) {
		part := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return typed[m[2*n]:m[2*n+1]]
		}
		value := part(2) + part(3)
		if value == "" || part(4) == "" {
			return nil, false // put together by code
		}
		headers = append(headers, headerOf(part(1)+": "+value, lineAt(typed, m[0])))
	}
	return headers, len(headers) > 0
}

func lineAt(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }
