package outcome

import "slices"

// Keys of the entries that are used when no other matches.
const (
	keyOtherStatus = "http_other"
	keyChallenge   = "challenge"
	keyUnknown     = "unknown"
)

// entryTable is everything that can go wrong, in the order of the help page: first the five rows of the
// product's own documentation, whose words are fixed, then by the step where it happens.
var entryTable = slices.Concat(knownRows, statusRows, redirectRows, pathRows, tlsRows, answerRows, successRows, formatRows, ownRows)

var entryIndex = func() map[string]Entry {
	index := make(map[string]Entry, len(entryTable))
	for _, e := range entryTable {
		index[e.Key] = e
	}
	return index
}()

var (
	editHeaders = Action{Kind: ActionEditHeaders}
	EditURL     = Action{Kind: ActionEditURL}
	useScheme   = Action{Kind: ActionUseScheme}
	noAction    = Action{}
)

var knownRows = []Entry{
	{"http_401", "", Diagnosis{
		"HTTP 401", "Authentication failed",
		"Check your Authorization header value in Custom Headers.",
		"your endpoint did not accept the credentials (HTTP 401)", editHeaders,
	}},
	{"http_403", "", Diagnosis{
		"HTTP 403", "Access denied",
		"Verify your webhook URL and any required API keys.",
		"your endpoint denied access (HTTP 403)", EditURL,
	}},
	{"http_404", "", Diagnosis{
		"HTTP 404", "Endpoint not found",
		"Verify the webhook URL is correct and accepts POST requests.",
		"there is no endpoint at the webhook URL (HTTP 404)", EditURL,
	}},
	{"http_500", "", Diagnosis{
		"HTTP 500", "Server error",
		"Check the receiving server logs for details.",
		"your server failed while handling it (HTTP 500)", noAction,
	}},
	{"timeout_first_byte", "", Diagnosis{
		"Request timed out", "Endpoint didn't respond in 30s",
		"Ensure your server responds within 30 seconds.",
		"your endpoint didn't respond within 30 seconds", noAction,
	}},
}

// ownRows are for what is not the endpoint's fault.
var ownRows = []Entry{
	{OutcomeBlocked, "", Diagnosis{
		"Blocked address", "{url_host} leads to {address}[ ({rule})]",
		"Use a public address[, or ask the operator of this server to allow it: IOZEN_ALLOW_TARGETS={allow}]",
		"the URL leads to a private or special network address[, {address}], where ioZen may not connect", EditURL,
	}},
	{OutcomeCannotSend, "", Diagnosis{
		"Cannot be sent", "The webhook URL or a custom header cannot be put into a request",
		"Type the Webhook URL and the Custom Headers again.",
		"the webhook URL or a custom header cannot be sent", EditURL,
	}},
	{OutcomeCancelled, "", Diagnosis{
		"Cancelled", "Cancelled by you[ after {after}]; your endpoint may have received it",
		"Send it again when you are ready.",
		"it was cancelled[ after {after}]; your endpoint may have received it", noAction,
	}},
	{OutcomeOwnSide, "", Diagnosis{
		"ioZen could not connect", "This server ran out of connections; your endpoint was not asked",
		"It is tried again by itself. If it lasts, tell the operator of this server.",
		"this server ran out of connections; your endpoint was not asked", noAction,
	}},
	{OutcomeOwnFault, "", Diagnosis{
		"ioZen failed", "Something went wrong inside ioZen; your endpoint may have received the event",
		"It is tried again by itself. The server's log has the details; its operator can read them there.",
		"something went wrong inside ioZen", noAction,
	}},
	{keyUnknown, "", Diagnosis{
		"Request failed", "The request failed in a way that ioZen does not know",
		"Test the connection. If it fails again, tell the operator of this server.",
		"the request failed in a way that ioZen does not know", noAction,
	}},
}
