// Command troubleshooting writes docs/troubleshooting.md from the table that diagnoses deliveries, so that the page in
// docs, the help page, the log and the API have the same words. It prints the page; make generate writes it to the file.
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

<!-- Made by "make generate" from the table in sender/outcome. Do not edit. -->

This page lists what the log, Test Connection, the API and notifications say when an event did not get through, with the
cause and what to do. The first five rows are those of the product's documentation. Then come the endpoint's answers, the
connection to it, its certificate, the form of its answer, and problems that are not the endpoint's fault.

The last column assumes the default schedule of 10 attempts in a little over 3 days; IOZEN_RETRY_SCHEDULE changes it. One
attempt takes at most 30 s, all of its steps together. A delivery that failed for good stays in the log, and can be
resent.

| error | cause | fix | what happens next |
| --- | --- | --- | --- |
`

const foot = `
ioZen does not check whether a certificate was revoked.
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
