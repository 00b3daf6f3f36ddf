package strictjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is something wrong with a document, and where (RFC 6901, into the document).
type Problem struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// MaxProblems is how many problems are reported at once: a megabyte of mistakes must not produce ten megabytes of answer.
const MaxProblems = 100

// Document collects what is wrong with one posted document while it is read. The zero Document is ready for use.
type Document struct{ Problems []Problem }

// Refuse records a problem.
func (d *Document) Refuse(pointer, format string, args ...any) {
	if len(d.Problems) < MaxProblems {
		d.Problems = append(d.Problems, Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
}

// Refused says whether a place has a problem already.
func (d *Document) Refused(pointer string) bool {
	return slices.ContainsFunc(d.Problems, func(p Problem) bool { return p.Pointer == pointer })
}

// Object calls take with each key and its value, and refuses a key that is given twice. It returns false when raw is not an
// object at all.
func (d *Document) Object(pointer string, raw json.RawMessage, take func(name string, value json.RawMessage)) bool {
	if raw[0] != '{' {
		d.Refuse(pointer, "must be an object")
		return false
	}
	var seen names
	Members(raw, func(key, value json.RawMessage) bool {
		name := Unquote(key)
		if seen.add(name) {
			take(name, value)
		} else {
			d.Refuse(Pointer(pointer, name), "is given twice")
		}
		return len(d.Problems) < MaxProblems
	})
	return true
}

// names is a set of names that needs no memory of its own while it is small, as nearly all objects are.
type names struct {
	few   [16]string
	count int
	many  map[string]bool
}

// add returns false for a name that was added before.
func (n *names) add(name string) bool {
	if n.many == nil {
		if slices.Contains(n.few[:n.count], name) {
			return false
		}
		if n.count < len(n.few) {
			n.few[n.count] = name
			n.count++
			return true
		}
		n.many = make(map[string]bool, 2*len(n.few))
		for _, few := range n.few {
			n.many[few] = true
		}
	}
	if n.many[name] {
		return false
	}
	n.many[name] = true
	return true
}

// List calls take with each element of an array. It returns false when raw is not an array.
func (d *Document) List(pointer string, raw json.RawMessage, each func(pointer string, value json.RawMessage)) bool {
	if raw[0] != '[' {
		d.Refuse(pointer, "must be a list")
		return false
	}
	i := 0
	Elements(raw, func(value json.RawMessage) bool {
		each(pointer+"/"+strconv.Itoa(i), value)
		i++
		return len(d.Problems) < MaxProblems
	})
	return true
}

// Text reads a string.
func (d *Document) Text(pointer string, raw json.RawMessage) (text string, ok bool) {
	if raw[0] != '"' {
		d.Refuse(pointer, "must be a string")
		return "", false
	}
	return Unquote(raw), true
}

// Bool reads true or false.
func (d *Document) Bool(pointer string, raw json.RawMessage) (yes, ok bool) {
	switch string(raw) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	d.Refuse(pointer, "must be true or false")
	return false, false
}

// Number reads a number. A number that is too large is refused too.
func (d *Document) Number(pointer string, raw json.RawMessage) (n float64, ok bool) {
	if IsNumber(raw) {
		var err error
		if n, err = strconv.ParseFloat(string(raw), 64); err == nil {
			return n, true
		}
	}
	d.Refuse(pointer, "must be a number")
	return 0, false
}

// Pointer leads to a key of the object that parent leads to.
func Pointer(parent, name string) string { return parent + "/" + pointerEscape.Replace(name) }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// Unescape is a name of a pointer as it stands in the document.
func Unescape(name string) string { return pointerUnescape.Replace(name) }

var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
