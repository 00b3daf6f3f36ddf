package outcome

// answerRows are for answers that are not valid. The body_… rows are warnings: the endpoint had already said that it took
// the event.
var answerRows = []Entry{
	{OutcomeNotHTTP, "", Diagnosis{
		"Answer is not HTTP", "Another kind of server listens on {host}[:{port}][; it began with {began_with}]",
		"Check the port in the Webhook URL.",
		"what listens on {host}[:{port}] does not speak HTTP", EditURL,
	}},
	{OutcomeUnasked, "", Diagnosis{
		"Answered before it was asked", "{host}[:{port}] sent an answer before it had the request, so it is the answer to something else",
		"Check your server and the proxy in front of it: each answer must end where its Content-Length says.",
		"{host}[:{port}] answered before it had the request", noAction,
	}},
	{OutcomeBrokenHeader, "", Diagnosis{
		"Answer has a broken header", "A header line of the answer is not valid HTTP",
		"Check what your server or its proxy adds to the answer.",
		"your endpoint's answer has a broken header", noAction,
	}},
	{OutcomeHeaderTooLarge, "", Diagnosis{
		"Answer header too large", "The headers of the answer take more than 32 KiB",
		"Let the endpoint answer with fewer or shorter headers.",
		"the headers of your endpoint's answer are too large", noAction,
	}},
	{OutcomeBadHTTP, "", Diagnosis{
		"Answer is not valid HTTP", "The answer breaks the rules of HTTP[; it began with {began_with}]",
		"Check your server and the proxy in front of it.",
		"your endpoint's answer is not valid HTTP", noAction,
	}},
	{OutcomeH2Error, "", Diagnosis{
		"HTTP/2 failed", "The endpoint's HTTP/2 answer is not acceptable",
		"Check the HTTP/2 settings of your server, or switch HTTP/2 off there.",
		"your endpoint's HTTP/2 answer is not acceptable", noAction,
	}},
	{OutcomeH2Overload, "", Diagnosis{
		"Server asked us to slow down", "The endpoint closed the HTTP/2 connection because of too many requests",
		"It is tried again later. If it lasts, set a Rate limit.",
		"your server asked us to slow down", noAction,
	}},
	{OutcomeH2Refused, "", Diagnosis{
		"Server refused the request", "The endpoint refused the HTTP/2 stream without handling the event",
		"Usually passes. If it lasts, check the server's load.",
		"your server refused the request", noAction,
	}},
	{OutcomeH2Failed, "", Diagnosis{
		"Server failed the request", "The endpoint broke the HTTP/2 stream off without an answer",
		"Your server may have taken the event. Check its logs for a crash.",
		"your server broke the request off without an answer", noAction,
	}},
	{OutcomeBodyCut, "2xx", Diagnosis{
		"Answer cut short", "The endpoint took the event (HTTP {status}); then its answer broke off[ after {received} bytes]",
		"Let the endpoint send as much as it announces (Content-Length).",
		"your endpoint took it (HTTP {status}), but its answer broke off", noAction,
	}},
	{OutcomeBodyReset, "2xx", Diagnosis{
		"Answer cut short", "The endpoint took the event (HTTP {status}); then it reset the connection",
		"Check the proxy or firewall in front of your server.",
		"your endpoint took it (HTTP {status}), but reset the connection in its answer", noAction,
	}},
	{OutcomeBodyBadHTTP, "2xx", Diagnosis{
		"Answer is not valid HTTP", "The endpoint took the event (HTTP {status}); then its answer broke the rules of HTTP",
		"Check your server and the proxy in front of it.",
		"your endpoint took it (HTTP {status}), but its answer is not valid HTTP", noAction,
	}},
	{OutcomeBodyEndless, "2xx", Diagnosis{
		"Answer never ended", "The endpoint took the event (HTTP {status}); its answer did not end in 5 s",
		"Let the endpoint end its answer; a short one is enough.",
		"your endpoint took it (HTTP {status}), but its answer never ended", noAction,
	}},
	{OutcomeBodyFailed, "2xx", Diagnosis{
		"Answered {status}, but says it failed", "The endpoint took the event (HTTP {status}); its answer says that it failed[: {says}]",
		"Read what the endpoint answered. If that is a failure, choose Success by answer, or let the endpoint answer 422, or 503 to be asked again.",
		"your endpoint took it (HTTP {status}), but its answer says that it failed", noAction,
	}},
	{OutcomeBodyHTML, "2xx", Diagnosis{
		"Answered {status} with a web page", "The answer is an HTML page[ titled “{title}”]: the URL may be that of a page, not of a hook",
		"Is this the hook's address? A hook answers with a short text or JSON, a page with HTML.",
		"your endpoint answered {status} with a web page[ titled “{title}”]", EditURL,
	}},
}
