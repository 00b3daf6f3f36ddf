// Package receivers holds the other end of a webhook, in the languages that people ask for: small programs that check
// the signature, answer quickly and drop duplicates. The page shows exactly the files that the tests run.
package receivers

import (
	"embed"
	"path"
)

// Receiver is one sample.
type Receiver struct {
	Language string // as people call it: Node.js
	Name     string // of the file: receiver.js
	Code     string
}

//go:embed node/receiver.js python/receiver.py go/receiver.go php/receiver.php
var files embed.FS

// Receivers lists the samples in the order of the page.
func Receivers() []Receiver {
	list := []Receiver{
		{Language: "Node.js", Name: "node/receiver.js"},
		{Language: "Python", Name: "python/receiver.py"},
		{Language: "Go", Name: "go/receiver.go"},
		{Language: "PHP", Name: "php/receiver.php"},
	}
	for i, r := range list {
		code, err := files.ReadFile(r.Name)
		if err != nil {
			panic(err) // go:embed has compiled it in
		}
		list[i].Name, list[i].Code = path.Base(r.Name), string(code)
	}
	return list
}
