package sender

import (
	"encoding/base64"
	"strings"
)

// curlCommand is what a pasted curl command says about headers. Its first line may be curl itself or, when only a
// part was copied, one of its -H options.
type curlCommand struct {
	headers         []headerLine
	problems, notes []LineProblem
	length          int // lines
}

func isCurl(line string) bool {
	for _, start := range []string{"curl ", "-H ", "-H'", `-H"`, "--header ", "--header="} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// readCurl reads the command that begins with the first of these lines; number is that line's.
func readCurl(lines []string, number int) curlCommand {
	words, length, closed := shellWords(lines)
	cmd := curlCommand{length: length}
	if !closed {
		cmd.problems = []LineProblem{{number, "a quotation mark is not closed"}}
		return cmd
	}
	more := false
	for i := 0; i < len(words); i++ {
		option, value := splitOption(words[i].text)
		at := number + words[i].line
		if needsValue := option == "-H" || option == "-u"; needsValue && value == "" && i+1 < len(words) {
			i++
			value = words[i].text
		}
		switch option {
		case "-H":
			cmd.headers = append(cmd.headers, headerOf(invisible.Replace(value), at))
		case "-u":
			cmd.headers = append(cmd.headers, headerOf("Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(value)), at))
		default:
			more = more || i > 0
		}
	}
	if more {
		cmd.notes = []LineProblem{{number, "only the headers of the curl command are taken"}}
	}
	return cmd
}

// splitOption gives an option that holds its value (-HName: x, --header=Name: x) in its short form, and the value.
func splitOption(word string) (option, value string) {
	for _, o := range []struct{ long, short string }{{"--header", "-H"}, {"--user", "-u"}} {
		switch {
		case word == o.long || word == o.short:
			return o.short, ""
		case strings.HasPrefix(word, o.long+"="):
			return o.short, word[len(o.long)+1:]
		case strings.HasPrefix(word, o.short):
			return o.short, word[len(o.short):]
		}
	}
	return "", ""
}
