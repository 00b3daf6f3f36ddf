package field

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/event"
	"iozen/store/text"
)

// Path leads to one field of an event. The zero Path leads nowhere.
type Path struct {
	root string // a key of the event, or Whole
	name string // the key in user_data or custom_data, or the parameter of source_url; "": the whole of root
}

// Whole is the name that stands for the whole event.
const Whole = "event"

const (
	userData   = "user_data"
	customData = "custom_data"
	sourceURL  = "source_url"
	query      = "query."
)

// maxPath is how many characters a path may have; no key of an event is so long that it needs more.
const maxPath = 300

// roots are the keys of an event in their order.
var roots = []string{
	"event_name", "event_id", "event_time", "event_time_unix", "source", "action_source", userData, customData, sourceURL,
}

// users are the keys of user_data.
var users = []string{"email", "phone", "first_name", "last_name", "external_id"}

// Parse reads a path, or says why there is no such field: "there is no field user_data.mail. Did you mean
// user_data.email?" Any key of custom_data may be named, because callers have keys of their own.
func Parse(text string) (p Path, problem string) {
	if utf8.RuneCountInString(text) > maxPath {
		return Path{}, fmt.Sprintf("a field's name has at most %d characters", maxPath)
	}
	root, name, deeper := strings.Cut(text, ".")
	p = Path{root: root, name: name}
	switch {
	case text == "":
		return Path{}, "the name of a field is missing, such as user_data.email"
	case root == Whole && !deeper:
		return p, ""
	case !slices.Contains(roots, root) || deeper && name == "":
		return Path{}, noField(text)
	case !deeper || root == customData:
		return p, ""
	case root == userData && slices.Contains(users, name):
		return p, ""
	case root == sourceURL && strings.HasPrefix(name, query) && len(name) > len(query):
		return p, ""
	}
	return Path{}, noField(text)
}

// Must is the path of a field that there is, for the fields that our own code names.
func Must(name string) Path {
	p, problem := Parse(name)
	if problem != "" {
		panic(problem)
	}
	return p
}

func noField(typed string) string {
	problem := "there is no field " + text.Clip(typed, maxQuoted)
	if known := nearest(typed); known != "" {
		return problem + ". Did you mean " + known + "?"
	}
	if name, ok := strings.CutPrefix(typed, sourceURL+"."); ok {
		if name = strings.TrimPrefix(strings.TrimSuffix(name, "."), "query"); name == "" {
			name = "utm_source"
		}
		return problem + ". A parameter of the page's address is source_url.query." + text.Clip(name, maxQuoted)
	}
	return problem + ". Fields begin with event_, user_data., custom_data. or source_url"
}

// maxQuoted bounds how much of a name a problem repeats.
const maxQuoted = 60

// Known are the fields that every event may have, in the order of the payload: for lists to choose from.
func Known() []string {
	var known []string
	for _, root := range roots {
		switch root {
		case userData:
			for _, name := range users {
				known = append(known, userData+"."+name)
			}
		case customData:
			for _, name := range slices.Concat([]string{"value", "currency", "content_name"}, event.AttributionNames()) {
				known = append(known, customData+"."+name)
			}
		default:
			known = append(known, root)
		}
	}
	return known
}

// String is the path as settings write it.
func (p Path) String() string {
	if p.name == "" {
		return p.root
	}
	return p.root + "." + p.name
}

// Label is the field in a sentence: "value", "email", "utm_source in the page's address".
func (p Path) Label() string {
	switch {
	case p.root == sourceURL && p.name != "":
		return strings.TrimPrefix(p.name, query) + " in the page's address"
	case p.root == sourceURL:
		return "the page's address"
	case p.name == "":
		return strings.ReplaceAll(p.root, "_", " ")
	case p.root == userData:
		return strings.ReplaceAll(p.name, "_", " ")
	}
	return p.name
}
