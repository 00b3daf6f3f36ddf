package target

import (
	"encoding/base64"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// command is what a pasted command says: its headers, and the URLs that it is sent to. Custom Headers and Webhook URL both
// read commands with it.
type command struct {
	program         string // curl, wget or http
	headers         []headerLine
	urls            []string
	problems, notes []LineProblem
	length          int // lines

	cookies  []string
	user     string // user:password
	userLine int
	scheme   string // how it signs in, where that is not Basic
	more     bool   // it says more than headers
	number   int    // of its first line
}

var (
	// prompts are what a terminal writes before a command.
	prompts = regexp.MustCompile(`^(?:(?:[\w.-]+@[\w.-]+[^$#%>]*|PS [^>]*|[A-Za-z]:\\[^>]*)?[$#%>❯]\s*)+`)
	// runners are words before a command that do not change its meaning.
	runners = regexp.MustCompile(`^(?:(?:sudo|time|exec|command|[A-Za-z_]\w*=[^\s(` + "`" + `]*)\s+)+`)
	options = regexp.MustCompile(`^(?:-[A-Za-z]|--[a-z]|[–—][A-Za-z])`)
	// listed is what makes a command an item of a list.
	listed = regexp.MustCompile(`^(?:[-*•]|\d{1,2}[.)])\s+`)
	// within matches a command inside a line: in a script, after a label or another program.
	within = regexp.MustCompile("^[^\"'{\\[]\\S*.*?[\\s;|&@(\"'`](?:[\\w./-]*/)?((?:curl|wget)(?:\\.exe)?\\s(?:.*\\s)?(?:-[A-Za-z-]|[\"']?https?://|\\\\$).*)$")
	// ps2 is what a terminal writes before the next line of a command.
	ps2 = regexp.MustCompile(`^\s*>\s+`)
)

// programOf returns the program that a line calls, "" for none. A line of options is the rest of a curl command.
func programOf(line string) string {
	line = strings.TrimSpace(line)
	if options.MatchString(line) {
		return "curl"
	}
	return programNamed(bareCommand(line))
}

// programNamed returns the program that the first word of a command names.
func programNamed(command string) string {
	first, rest, _ := strings.Cut(command, " ")
	rest = strings.TrimSpace(rest)
	switch name := strings.TrimSuffix(path.Base(strings.ReplaceAll(strings.ToLower(first), `\`, "/")), ".exe"); name {
	case "curl", "wget":
		return name
	case "http", "https", "xh", "xhs":
		target, _, _ := strings.Cut(rest, " ")
		if strings.ContainsAny(strings.TrimSuffix(target, ":"), ".:/") || strings.HasPrefix(target, "-") || isMethod(target) {
			return "http"
		}
	}
	return ""
}

// bareCommand is a line from the name of the program on, without what a document, a terminal or a script has before it.
func bareCommand(line string) string {
	line = strings.TrimSpace(line)
	line = line[len(listed.FindString(line)):]
	if inner, code := strings.CutPrefix(line, "`"); code {
		line = strings.TrimSuffix(inner, "`")
	}
	line = runners.ReplaceAllString(prompts.ReplaceAllString(line, ""), "")
	m := within.FindStringSubmatchIndex(line)
	if m == nil || programNamed(line) != "" {
		return line
	}
	before, inner := line[:m[2]], line[m[2]:]
	for _, pair := range []string{"()", `""`, "''", "``"} { // $(curl …), sh -c "curl …"
		if end := strings.LastIndexByte(inner, pair[1]); end >= 0 && strings.HasSuffix(before, pair[:1]) {
			inner = inner[:end]
		}
	}
	return inner
}

func isMethod(word string) bool {
	return slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}, strings.ToUpper(word))
}

// readCommand reads the command that begins with the first of these lines; number is that line's.
func readCommand(lines []string, number int) command {
	cmd := command{program: programOf(lines[0]), number: number}
	lines = slices.Clone(lines)
	partial := options.MatchString(strings.TrimSpace(lines[0]))
	if !partial {
		if prompts.MatchString(strings.TrimSpace(lines[0])) {
			for i := range lines[1:] {
				lines[i+1] = ps2.ReplaceAllString(lines[i+1], "")
			}
		}
		lines[0] = bareCommand(lines[0])
	}
	words, length, closed := shellWords(lines)
	cmd.length = length + hereDocument(words, lines[length:])
	if !closed {
		cmd.problems = []LineProblem{{number, "a quotation mark is not closed"}}
		return cmd
	}
	if !partial {
		words = words[1:]
	}
	words, rest := untilNextCommand(words)
	switch cmd.program {
	case "wget":
		cmd.readOptions(words, wgetOptions)
	case "http":
		cmd.readHTTPie(words)
	default:
		cmd.readOptions(words, curlOptions)
	}
	cmd.finish()
	cmd.readNext(rest)
	return cmd
}

// untilNextCommand separates a command from what a shell would do with its answer.
func untilNextCommand(words []shellWord) (own, rest []shellWord) {
	end := slices.IndexFunc(words, func(w shellWord) bool {
		return w.ends || slices.Contains([]string{"||", "&&", "&", ">", ">>", "2>&1", "<"}, w.text) || strings.HasPrefix(w.text, "<<")
	})
	if end < 0 {
		return words, nil
	}
	return words[:end], words[end+1:]
}

// readNext reads the commands that follow on the same line. They count as much as the first, so that a person is asked
// which URL is meant.
func (cmd *command) readNext(words []shellWord) {
	for i := 0; i+1 < len(words); i++ {
		program := programNamed(words[i].text + " " + words[i+1].text)
		if begins := i == 0 || words[i-1].ends || slices.Contains([]string{"||", "&&", "&"}, words[i-1].text); !begins || program == "" {
			continue
		}
		next := command{program: program, number: cmd.number}
		own, rest := untilNextCommand(words[i+1:])
		if program == "http" {
			next.readHTTPie(own)
		} else {
			next.readOptions(own, map[string]programOptions{"curl": curlOptions, "wget": wgetOptions}[program])
		}
		next.finish()
		cmd.urls = append(cmd.urls, next.urls...)
		cmd.headers, cmd.problems, cmd.notes = append(cmd.headers, next.headers...), append(cmd.problems, next.problems...), append(cmd.notes, next.notes...)
		words, i = rest, -1
	}
}

// hereDocument is how many of the lines after a command are its input: curl -d @- <<EOF.
func hereDocument(words []shellWord, after []string) int {
	for i, w := range words {
		mark, here := strings.CutPrefix(w.text, "<<")
		if !here || strings.HasPrefix(mark, "<") {
			continue
		}
		if mark = strings.TrimPrefix(mark, "-"); mark == "" && i+1 < len(words) {
			mark = words[i+1].text
		}
		return 1 + slices.IndexFunc(after, func(line string) bool { return strings.TrimSpace(line) == mark })
	}
	return 0
}

// readOptions reads options and their values: -H v, -Hv, -sH v, --header v, --header=v.
func (cmd *command) readOptions(words []shellWord, known programOptions) {
	for i := 0; i < len(words); i++ {
		word, at := dashed(words[i].text), cmd.number+words[i].line
		next := func() (value string) {
			if i+1 < len(words) {
				i++
				value = words[i].text
			}
			return value
		}
		switch {
		case strings.HasPrefix(word, "--"):
			name, value, joined := strings.Cut(word[2:], "=")
			if !joined && known.takesValue(name) {
				value = next()
			}
			cmd.option(known.means[name], value, at)
		case len(word) > 1 && word[0] == '-':
			cmd.readLetters(word[1:], known, next, at)
		default:
			cmd.positional(word)
		}
	}
}

// readLetters reads options of one letter that share a dash: the first that takes a value takes the rest.
func (cmd *command) readLetters(letters string, known programOptions, next func() string, at int) {
	for j := range len(letters) {
		letter := letters[j : j+1]
		if strings.Contains(known.lettersWithValue, letter) {
			value := letters[j+1:]
			if value == "" {
				value = next()
			}
			cmd.option(known.means[letter], value, at)
			return
		}
		cmd.option(known.means[letter], "", at)
	}
}

// dashed restores the dashes that word processors have changed.
func dashed(word string) string {
	for _, dash := range []struct{ long, short string }{{"–", "-"}, {"—", "--"}} {
		if after, found := strings.CutPrefix(word, dash.long); found {
			if word = dash.short + after; len(after) == 1 || after != "" && after[1] == ' ' {
				word = "-" + after
			}
		}
	}
	return word
}

// option applies an option that matters for headers or the URL.
func (cmd *command) option(meaning, value string, at int) {
	switch meaning {
	case "header":
		cmd.header(value, at)
	case "url":
		cmd.positional(value)
	case "user":
		cmd.user, cmd.userLine = value, at
	case "password":
		cmd.user += ":" + value
	case "bearer":
		cmd.add("Authorization: Bearer "+value, at)
	case "User-Agent", "Referer":
		if value = strings.TrimSuffix(value, ";auto"); value != "" {
			cmd.add(meaning+": "+value, at)
		}
	case "cookie":
		if !strings.Contains(value, "=") {
			cmd.note(at, "cookies that are kept in a file were left out")
			return
		}
		if cmd.cookies = append(cmd.cookies, value); len(cmd.cookies) == 1 {
			cmd.add("Cookie: "+value, at)
			return
		}
		joined := strings.Join(cmd.cookies, "; ")
		for i, h := range cmd.headers {
			if h.Name == "Cookie" {
				cmd.headers[i].Value = &joined
			}
		}
	case "Digest", "NTLM", "Negotiate", "AWS":
		cmd.scheme = meaning
	default:
		cmd.more = true
	}
}

// header applies one -H; some forms of it send no header.
func (cmd *command) header(text string, at int) {
	name, value, found := strings.Cut(text, ":")
	switch {
	case strings.HasPrefix(text, "@"):
		cmd.problems = append(cmd.problems, LineProblem{at, "headers that are kept in a file cannot be read here"})
	case !found && strings.HasSuffix(text, ";"), found && strings.TrimSpace(value) == "" && name != "":
		cmd.note(at, strings.TrimRight(name, "; ")+" was left out: it has no value")
	default:
		cmd.add(text, at)
	}
}

// add adds a header, or notes why ioZen sends no header of that name: what a browser or a tool also sent is not a reason to
// refuse the rest.
func (cmd *command) add(text string, at int) {
	cmd.take(headerOf(text, at))
}

func (cmd *command) take(h headerLine) {
	at := h.number
	if reason := unsendable(h.Name); reason != "" {
		cmd.note(at, h.Name+" was left out: "+reason)
		return
	}
	if strings.EqualFold(h.Name, "Content-Type") {
		if h.Value != nil && !isJSONType(*h.Value) {
			cmd.note(at, h.Name+" was left out: "+sendsItsOwn(*h.Value))
			return
		}
	}
	cmd.headers = append(cmd.headers, h)
}

func (cmd *command) note(at int, message string) {
	cmd.notes = append(cmd.notes, LineProblem{at, message})
}

func (cmd *command) positional(word string) {
	cmd.more = true
	if port, local := strings.CutPrefix(word, ":"); local && cmd.program == "http" { // HTTPie's :8080/x and :/x
		if word = "localhost:" + port; strings.HasPrefix(port, "/") {
			word = "localhost" + port
		}
	}
	if strings.HasSuffix(word, ")") && strings.Count(word, ")") > strings.Count(word, "(") { // $(curl …)
		word = strings.TrimSuffix(word, ")")
	}
	if strings.ContainsAny(word, ".:/") {
		cmd.urls = append(cmd.urls, word)
	}
}

// finish works out what only the whole command can show.
func (cmd *command) finish() {
	if cmd.user == "" {
		for _, text := range cmd.urls { // https://user:password@host/
			if u, err := url.Parse(text); err == nil && u.User != nil {
				password, _ := u.User.Password()
				cmd.user, cmd.userLine = u.User.Username()+":"+password, cmd.number
			}
		}
	}
	switch {
	case cmd.user == "":
	case cmd.scheme != "":
		cmd.problems = append(cmd.problems, LineProblem{cmd.userLine, "this command signs in with " + cmd.scheme + ", which ioZen cannot do"})
	case !strings.Contains(cmd.user, ":"):
		cmd.problems = append(cmd.problems, LineProblem{cmd.userLine, "the password is missing: write user:password"})
	default:
		cmd.add("Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(cmd.user)), cmd.userLine)
	}
	if cmd.more && len(cmd.headers) > 0 {
		cmd.notes = append([]LineProblem{{cmd.number, "only the headers of the " + cmd.program + " command are taken"}}, cmd.notes...)
	}
}

// readHTTPie reads HTTPie's items: Name:value is a header; data (=, :=), queries (==) and files (@) are not.
func (cmd *command) readHTTPie(words []shellWord) {
	for i := 0; i < len(words); i++ {
		word, at := words[i].text, cmd.number+words[i].line
		name, value, joined := strings.Cut(word, "=")
		switch {
		case word == "-a" || word == "--auth" || joined && name == "--auth":
			if !joined && i+1 < len(words) {
				i++
				value = words[i].text
			}
			cmd.user, cmd.userLine = value, at
		case word == "-A" || word == "--auth-type" || joined && name == "--auth-type":
			if !joined && i+1 < len(words) {
				i++
				value = words[i].text
			}
			cmd.scheme = map[string]string{"basic": "", "bearer": "bearer", "digest": "Digest"}[value]
		case strings.HasPrefix(word, "-") || isMethod(word):
			cmd.more = true
		case len(cmd.urls) == 0:
			cmd.positional(word)
		default:
			cmd.httpieItem(word, at)
		}
	}
	if cmd.scheme == "bearer" {
		cmd.add("Authorization: Bearer "+cmd.user, cmd.userLine)
		cmd.user, cmd.scheme = "", ""
	}
}

func (cmd *command) httpieItem(item string, at int) {
	if i := strings.IndexAny(item, ":=@"); i > 0 && item[i] == ':' && !strings.HasPrefix(item[i:], ":=") {
		cmd.header(item, at)
		return
	}
	cmd.more = true
}
