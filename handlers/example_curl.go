package handlers

import (
	"regexp"
	"strings"

	"iozen/store"
)

// exampleCurl writes an example as commands for a POSIX shell. Secrets are variables that the person fills in, and the
// signature is made when the commands run, so that an endpoint that verifies it accepts the request. own are the bot's
// headers. Names and values are quoted, so that nothing in them is run.
func exampleCurl(target, id string, body []byte, headers, own []store.Header) string {
	lines := []string{"SECRET='whsec_…'  # see Signing secret"}
	parts := []string{"curl -X POST " + shellQuote(target)}
	for _, h := range headers {
		quoted := shellQuote(h.Name + ": " + h.Value)
		switch name := strings.ToLower(h.Name); {
		case name == "webhook-timestamp":
			quoted = shellQuote(h.Name+": ") + `"$NOW"`
		case name == "webhook-signature":
			quoted = shellQuote(h.Name+": ") + `"v1,$SIGNATURE"`
		case findHeader(own, name) != nil:
			variable := "HEADER_" + notInVariables.ReplaceAllString(strings.ToUpper(name), "_")
			lines = append(lines, variable+"='…'  # the value of "+h.Name)
			quoted = shellQuote(h.Name+": ") + `"$` + variable + `"`
		}
		parts = append(parts, "-H "+quoted)
	}
	lines = append(lines,
		"NOW=$(date +%s)",
		"BODY="+shellQuote(string(body)),
		`KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')`,
		`SIGNATURE=$(printf %s "`+id+`.$NOW.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)`,
	)
	parts = append(parts, `--data-raw "$BODY"`)
	return strings.Join(lines, "\n") + "\n" + strings.Join(parts, " \\\n  ")
}

// notInVariables are the bytes that a shell variable's name cannot hold.
var notInVariables = regexp.MustCompile(`[^A-Z0-9_]`)
