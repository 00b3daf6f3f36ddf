package outcome

// statusRows are for answers that are neither a success nor a redirect.
var statusRows = []Entry{
	{"http_400", "", Diagnosis{
		"HTTP 400", "The endpoint refused the payload",
		"Read what the endpoint answered, and compare it with the payload shown.[ {made_at}]",
		"your endpoint refused the payload (HTTP 400)", noAction,
	}},
	{"http_422", "", Diagnosis{
		"HTTP 422", "The endpoint understood the payload and refused its contents",
		"Read what the endpoint answered, and compare it with the payload shown.[ {made_at}]",
		"your endpoint refused the payload (HTTP 422)", noAction,
	}},
	{"http_405", "", Diagnosis{
		"HTTP 405", "The endpoint does not accept POST requests here",
		"Use the address of the hook itself, not of a page; it must accept POST requests.",
		"the webhook URL does not accept POST requests (HTTP 405)", EditURL,
	}},
	{"http_406", "", Diagnosis{
		"HTTP 406", "The endpoint has no answer in a format that it thinks we accept",
		"Let the endpoint answer in any format, or add the Accept header that it asks for.",
		"your endpoint refused to answer (HTTP 406)", editHeaders,
	}},
	{"http_408", "", Diagnosis{
		"HTTP 408", "The endpoint gave up waiting for the request",
		"Usually passes. If it lasts, raise the request timeout of your server or its proxy.",
		"your endpoint gave up waiting for the request (HTTP 408)", noAction,
	}},
	{"http_409", "", Diagnosis{
		"HTTP 409", "The event conflicts with what the endpoint already has",
		"If it is a repeat that you already have, answer 200 to it.",
		"your endpoint sees a conflict with what it already has (HTTP 409)", noAction,
	}},
	{"http_410", "", Diagnosis{
		"HTTP 410", "The endpoint says that it no longer exists",
		"In Make or Zapier turn the scenario on, or copy its new URL.",
		"the endpoint says that it no longer exists (HTTP 410)", EditURL,
	}},
	{"http_411", "", Diagnosis{
		"HTTP 411", "The endpoint wants a Content-Length and saw none",
		"ioZen sends one; a proxy in front of your server removes it. Check the proxy.",
		"your endpoint did not see the length of the request (HTTP 411)", noAction,
	}},
	{"http_413", "", Diagnosis{
		"HTTP 413", "The endpoint does not accept a body of this size",
		"Let the endpoint accept bodies of at least 64 KiB.",
		"the payload is too large for your endpoint (HTTP 413)", noAction,
	}},
	{"http_415", "", Diagnosis{
		"HTTP 415", "The endpoint does not accept JSON",
		"Let the endpoint accept Content-Type: application/json.",
		"your endpoint does not accept JSON (HTTP 415)", noAction,
	}},
	{"http_425", "", Diagnosis{
		"HTTP 425", "The endpoint found the request too early",
		"Usually passes. If it lasts, check the early data settings of the proxy in front of your server.",
		"your endpoint found the request too early (HTTP 425)", noAction,
	}},
	{"http_429", "", Diagnosis{
		"HTTP 429", "The endpoint limits the rate of requests[ and asks to wait {retry_after}]",
		"It is tried again later[, after {retry_after} at the earliest]. If it lasts, set a Rate limit.",
		"your endpoint asked for fewer requests (HTTP 429)", noAction,
	}},
	{"http_502", "", Diagnosis{
		"HTTP 502", "The proxy in front of your server got no valid answer from it",
		"Check that the server behind the proxy runs.",
		"the proxy in front of your server got no valid answer from it (HTTP 502)", noAction,
	}},
	{"http_503", "", Diagnosis{
		"HTTP 503", "The server is overloaded or in maintenance[ and asks to wait {retry_after}]",
		"Usually passes. If it lasts, check the server's load and status.",
		"your server is overloaded or in maintenance (HTTP 503)", noAction,
	}},
	{"http_504", "", Diagnosis{
		"HTTP 504", "The proxy in front of your server got no answer from it in time",
		"Let the server answer faster, and handle the event after answering.",
		"the proxy in front of your server got no answer from it in time (HTTP 504)", noAction,
	}},
	{"http_520", "", Diagnosis{
		"HTTP 520", "Cloudflare got an empty or broken answer from your server",
		"Check your server's logs for a crash, and the size of its headers.",
		"Cloudflare got an empty or broken answer from your server (HTTP 520)", noAction,
	}},
	{"http_521", "", Diagnosis{
		"HTTP 521", "Your server refuses connections from Cloudflare",
		"Start the server, and let its firewall take Cloudflare's addresses.",
		"your server refuses connections from Cloudflare (HTTP 521)", noAction,
	}},
	{"http_522", "", Diagnosis{
		"HTTP 522", "Cloudflare could not connect to your server in time",
		"Check that the server is up, not overloaded, and that its firewall lets Cloudflare in.",
		"Cloudflare could not connect to your server in time (HTTP 522)", noAction,
	}},
	{"http_523", "", Diagnosis{
		"HTTP 523", "Cloudflare has no route to your server",
		"Check the server's address in Cloudflare's DNS settings.",
		"Cloudflare has no route to your server (HTTP 523)", noAction,
	}},
	{"http_524", "", Diagnosis{
		"HTTP 524", "Cloudflare reached your server, and it did not answer in time",
		"Let the server answer at once, and handle the event after answering. It may have taken this one.",
		"your server did not answer Cloudflare in time (HTTP 524)", noAction,
	}},
	{"http_525", "", Diagnosis{
		"HTTP 525", "The TLS handshake between Cloudflare and your server failed",
		"Check that the server has a certificate and speaks HTTPS on port 443, or change Cloudflare's SSL/TLS mode.",
		"the TLS handshake between Cloudflare and your server failed (HTTP 525)", noAction,
	}},
	{"http_526", "", Diagnosis{
		"HTTP 526", "Cloudflare does not accept your server's certificate",
		"Renew the certificate on your server: it is expired, for another name or self-signed. A Cloudflare Origin CA certificate works too.",
		"Cloudflare does not accept your server's certificate (HTTP 526)", noAction,
	}},
	{"http_527", "", Diagnosis{
		"HTTP 527", "Cloudflare's Railgun connection to your server failed",
		"Check Railgun on your server, or switch it off.",
		"Cloudflare's connection to your server failed (HTTP 527)", noAction,
	}},
	{"http_529", "", Diagnosis{
		"HTTP 529", "The service behind the URL is overloaded[ and asks to wait {retry_after}]",
		"Usually passes. If it lasts, set a Rate limit.",
		"the service behind the URL is overloaded (HTTP 529)", noAction,
	}},
	{"http_530", "", Diagnosis{
		"HTTP 530", "Cloudflare could not find your server; its answer names another error number (1016: DNS)",
		"Read the number in the answer, and check the DNS settings at Cloudflare.",
		"Cloudflare could not find your server (HTTP 530)", noAction,
	}},
	{keyChallenge, "403, 503", Diagnosis{
		"HTTP {status}", "Cloudflare sent a browser check (a challenge), which no program can pass",
		"In Cloudflare, add a rule that skips the challenge for this path, or for our User-Agent.",
		"Cloudflare, in front of your endpoint, sent a browser check (HTTP {status})", noAction,
	}},
	{"http_52x", "520–530", Diagnosis{
		"HTTP {status}", "Cloudflare could not get an answer from your server",
		"Check that the server behind Cloudflare runs and lets Cloudflare in.",
		"Cloudflare could not get an answer from your server (HTTP {status})", noAction,
	}},
	{"http_4xx", "4xx", Diagnosis{
		"HTTP {status}", "The endpoint refused the request",
		"Read what the endpoint answered; check the URL and the Custom Headers.",
		"your endpoint refused the request (HTTP {status})", EditURL,
	}},
	{"http_5xx", "5xx", Diagnosis{
		"HTTP {status}", "Server error",
		"Check the receiving server logs for details.",
		"your server failed while handling it (HTTP {status})", noAction,
	}},
	{"http_101", "", Diagnosis{
		"HTTP 101", "The endpoint switched to another protocol",
		"Use an address that answers plain HTTP POST requests.",
		"your endpoint switched to another protocol (HTTP 101)", EditURL,
	}},
	{keyOtherStatus, "other", Diagnosis{
		"HTTP {status}", "The endpoint answered with a status that does not mean success",
		"Let the endpoint answer 200 when it took the event.",
		"your endpoint answered with an unexpected status (HTTP {status})", noAction,
	}},
}

// redirectRows are for redirects. None is followed: secrets and personal data would go where nobody sent them.
var redirectRows = []Entry{
	{"redirect_moved", "301, 307, 308", Diagnosis{
		"HTTP {status}", "It redirects to {location}",
		"Redirects are not followed. Use the new address as the Webhook URL.",
		"the webhook URL redirects to another address (HTTP {status})",
		Action{Kind: ActionUseURL},
	}},
	{"redirect_self", "3xx", Diagnosis{
		"HTTP {status}", "It redirects to the Webhook URL itself[: {location}]",
		"Let the endpoint answer 200 itself. Often a proxy in front of it redirects to HTTPS, and speaks plain HTTP to it.",
		"the webhook URL redirects to itself (HTTP {status})", noAction,
	}},
	{"redirect_nowhere", "3xx", Diagnosis{
		"HTTP {status}", "It redirects, but not to a web address[: {location}]",
		"Let the endpoint answer 200 when it took the event, or name the new address in Location.",
		"the webhook URL redirects, but not to a web address (HTTP {status})", EditURL,
	}},
	{"redirect_sign_in", "3xx", Diagnosis{
		"HTTP {status}", "It redirects to a sign-in page[: {location}]",
		"The endpoint asks for a sign-in. Use a hook's address that needs no sign-in, or add the header with the key that it asks for.",
		"the webhook URL leads to a sign-in page (HTTP {status})", EditURL,
	}},
	{"redirect_ran", "302, 303", Diagnosis{
		"HTTP {status}", "It redirects to {location}; the script behind the URL probably ran",
		"Redirects are not followed. Put a service in between that answers 200 itself (a Make or Zapier hook, a small relay).",
		"your endpoint answered with a redirect (HTTP {status}); it probably ran all the same", noAction,
	}},
	{"redirect_elsewhere", "302, 303", Diagnosis{
		"HTTP {status}", "It redirects to {location}; whether it handled the event is not known",
		"Redirects are not followed. Check whether the event arrived; let the endpoint answer 200 itself, or use the address that does.",
		"your endpoint answered with a redirect (HTTP {status})", EditURL,
	}},
	{"redirect_304", "304", Diagnosis{
		"HTTP 304", "It answers as if we had asked again for a page that has not changed",
		"Let the endpoint answer 200 when it took the event.",
		"your endpoint answered that nothing changed (HTTP 304)", EditURL,
	}},
	{"redirect_other", "300 and other 3xx", Diagnosis{
		"HTTP {status}", "It answers with a redirect[ to {location}]",
		"Redirects are not followed. Let the endpoint answer 200 when it took the event.",
		"your endpoint answered with a redirect (HTTP {status})", EditURL,
	}},
}
