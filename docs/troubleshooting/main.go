// Command troubleshooting writes docs/troubleshooting.md from the table that diagnoses deliveries, so that the page in
// docs, the help page, the log and the API have the same words. It prints the page; make generate keeps it.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"iozen/sender/outcome"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "writing the page:", err)
		os.Exit(1)
	}
}

const head = `# Troubleshooting

<!-- Made by "make generate" from the table in package sender. Do not edit. -->

What the log, Test Connection, the API and notifications say when an event did not get through, what it means and what to
do. The first five are those of the product's documentation; then come the endpoint's answers, the way to it, its
certificate, the form of its answer, and what is not its doing.

How often a delivery is tried is said for the schedule that holds unless IOZEN_RETRY_SCHEDULE says otherwise: 10 attempts in a
little over 3 days. An attempt takes 30 s at most, all of its steps together. Whatever failed for good stays in the
log and can be resent.

| error | cause | fix | then |
| --- | --- | --- | --- |
`

const foot = `
Not checked: whether a certificate was revoked.
`

func write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(head)
	for _, e := range outcome.Diagnoses() {
		fmt.Fprintf(&b, "| <a id=%q></a>**%s** | %s | %s | %s |\n", e.Key, cell(e.Error), cell(e.Cause), cell(e.Fix), cell(e.Next()))
	}
	b.WriteString(foot)
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text inside its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
