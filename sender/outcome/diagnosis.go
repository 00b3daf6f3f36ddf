package outcome

import (
	"net/url"
	"strconv"
	"strings"

	"iozen/store"
)

// Diagnosis is what an attempt meant, in words: a name, the cause and the fix. The zero value means that nothing was wrong.
type Diagnosis struct {
	Error string // "HTTP 401"
	Cause string // "Authentication failed"
	Fix   string // "Check your Authorization header value in Custom Headers."
	// Sentence is the end of "Lead from Roofing quote bot was not delivered: …", without a full stop:
	// "your endpoint did not accept the credentials (HTTP 401)".
	Sentence string
	Action   Action
}

// Action is what the button beside a diagnosis does.
type Action struct {
	Kind string // one of the Action constants
	URL  string // of ActionUseURL and ActionUseScheme: what to put into the URL field
}

// The kinds of Action.
const (
	ActionNone        = ""
	ActionEditHeaders = "edit_headers"
	ActionEditURL     = "edit_url"
	ActionUseURL      = "use_url"
	ActionUseScheme   = "use_scheme"
)

// Entry is one row of the troubleshooting table.
type Entry struct {
	Key   string // an outcome code, or a group of them; an anchor on the help page
	shown string // shown instead of the status if the entry has several: "301, 307, 308"
	Diagnosis
}

// Diagnoses is the whole table, with general words instead of hosts, dates and addresses.
func Diagnoses() []Entry {
	entries := make([]Entry, len(entryTable))
	for i, e := range entryTable {
		entries[i] = e
		d := e.fill(map[string]string{"status": e.shownStatus(), "allow": fallbackWords["allow"]})
		d.Cause = strings.ToUpper(d.Cause[:1]) + d.Cause[1:] // it may begin with "the host"
		entries[i].Diagnosis = d
	}
	return entries
}

// shownStatus is the status that the table shows for an entry.
func (e Entry) shownStatus() string {
	if e.shown != "" {
		return e.shown
	}
	return strings.TrimPrefix(e.Key, "http_")
}

// DiagnoseAttempt says what a stored attempt meant. Knowing its URL, it can offer the fixed one.
func DiagnoseAttempt(a store.Attempt) Diagnosis {
	d := Diagnose(a.Outcome, a.StatusCode, a.Detail)
	if d.Action.Kind == ActionUseScheme {
		d.Action.URL = otherScheme(a.URL)
	}
	return d
}

// Diagnose says what an outcome meant. It is pure: the same stored facts give the same words on the page,
// in the API and in a notification.
func Diagnose(outcome string, status int, detail map[string]string) Diagnosis {
	if outcome == "" && (status == 0 || status >= 200 && status <= 299) {
		return Diagnosis{}
	}
	e := findEntry(outcome, status, detail)
	d := e.fill(wordsOf(status, detail))
	if d.Action.Kind == ActionUseURL {
		d.Action = useLocation(detail)
	}
	return d
}

// findEntry looks from the particular to the general; the last entry matches everything.
func findEntry(outcome string, status int, detail map[string]string) Entry {
	for _, key := range entryKeys(outcome, status, detail) {
		if e, ok := entryIndex[key]; ok {
			return e
		}
	}
	return entryIndex[keyUnknown]
}

func entryKeys(outcome string, status int, detail map[string]string) []string {
	switch {
	case outcome == OutcomeRedirect:
		return redirectKeys(status, detail["redirect"])
	case outcome == OutcomeTimeout:
		return []string{"timeout_" + detail["phase"], "timeout_first_byte"}
	case outcome == "" || strings.HasPrefix(outcome, "http_"):
		if detail["challenge"] != "" {
			return []string{keyChallenge}
		}
		return []string{OutcomeHTTP(status), groupKey(status), keyOtherStatus}
	}
	return []string{outcome}
}

// redirectKeys puts the meaning of the Location before that of the status.
func redirectKeys(status int, meaning string) []string {
	if other := redirectKey(status) == "redirect_other"; status == 304 || meaning == "" || other && meaning == RedirectNowhere {
		return []string{redirectKey(status)}
	}
	return []string{"redirect_" + meaning, redirectKey(status)}
}

func redirectKey(status int) string {
	switch status {
	case 301, 307, 308:
		return "redirect_moved"
	case 302, 303:
		return "redirect_elsewhere"
	case 304:
		return "redirect_304"
	}
	return "redirect_other"
}

func groupKey(status int) string {
	switch {
	case status >= 520 && status <= 530:
		return "http_52x"
	case status >= 300 && status <= 399:
		return redirectKey(status)
	case status >= 400 && status <= 599:
		return "http_" + strconv.Itoa(status/100) + "xx"
	}
	return keyOtherStatus
}

// useLocation offers a redirect's target only when it passed the save check (detail location_ok).
func useLocation(detail map[string]string) Action {
	ok := detail["location_ok"]
	switch {
	case strings.HasPrefix(ok, "http"): // the checked, absolute form
		return Action{Kind: ActionUseURL, URL: ok}
	case ok == "true":
		return Action{Kind: ActionUseURL, URL: detail["location"]}
	}
	return Action{Kind: ActionEditURL}
}

func otherScheme(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if u.Scheme == "https" {
		u.Scheme = "http"
	} else {
		u.Scheme = "https"
	}
	return u.String()
}

// What a redirect means, as far as its Location shows (detail "redirect"). Any other redirect leads elsewhere.
const (
	RedirectSelf    = "self"    // to the very same URL
	RedirectMove    = "moved"   // differs only in scheme, www or a last slash
	RedirectSignIn  = "sign_in" // to a page that asks for a sign-in
	RedirectNowhere = "nowhere" // not to a web address: Location is missing, or is that of a script or another program
	RedirectRan     = "ran"     // to the second address of a script host: the script has run
)
