package outcome

// pathRows are for what goes wrong on the way to the endpoint: name, connection, time.
var pathRows = []Entry{
	{OutcomeDNSNotFound, "", Diagnosis{
		"Name not found", "{missing_host}",
		"Check the spelling of the host in the Webhook URL.",
		"the name {host} does not exist", EditURL,
	}},
	{OutcomeDNSNoAddress, "", Diagnosis{
		"Name has no address", "{host} has no address (no A or AAAA record)",
		"Ask your DNS provider to add one, or use another host.",
		"the name {host} has no address", EditURL,
	}},
	{OutcomeDNSFailed, "", Diagnosis{
		"DNS lookup failed", "The name servers of {host} answered with an error",
		"Usually passes. If it lasts, check your DNS provider.",
		"the name servers of {host} answered with an error", noAction,
	}},
	{OutcomeDNSRefused, "", Diagnosis{
		"DNS lookup failed", "The name servers of {host} refused to answer",
		"Usually passes. If it lasts, check your DNS provider.",
		"the name servers of {host} refused to answer", noAction,
	}},
	{"timeout_dns", "", Diagnosis{
		"Request timed out", "Looking up the name [{host} ]took too long",
		"Usually passes. If it lasts, check your DNS provider.",
		"looking up the name [{host} ]took too long", noAction,
	}},
	{OutcomeConnectionRefused, "", Diagnosis{
		"Connection refused", "Nothing is running at {host}[:{port}]",
		"Start the server, or correct the port in the Webhook URL.",
		"nothing is running at {host}[:{port}]", EditURL,
	}},
	{OutcomeConnectionReset, "", Diagnosis{
		"Connection reset", "{host}[:{port}] cut the connection before answering",
		"Check the proxy, firewall or TLS offloading in front of your server, and its logs for a crash.",
		"{host}[:{port}] cut the connection before answering", noAction,
	}},
	{OutcomeClosedEarly, "", Diagnosis{
		"Connection closed", "{host}[:{port}] closed the connection without an answer",
		"Your server may have taken the event. Check its logs for a crash.",
		"{host}[:{port}] closed the connection without an answer", noAction,
	}},
	{OutcomeClosedSending, "", Diagnosis{
		"Connection closed", "{host}[:{port}] closed the connection while we were sending",
		"Check the size limits of your server and of the proxy in front of it, and its logs for a crash.",
		"{host}[:{port}] closed the connection while we were sending", noAction,
	}},
	{OutcomeHostUnreachable, "", Diagnosis{
		"Host unreachable", "There is no route to {host}[:{port}]",
		"Check that the server is up and that its firewall lets us in.",
		"there is no route to {host}", noAction,
	}},
	{OutcomeNetworkUnreachable, "", Diagnosis{
		"Network unreachable", "There is no route to the network of {host}",
		"Check the address that the name resolves to; tell the operator of this server if other webhooks fail too.",
		"there is no route to the network of {host}", noAction,
	}},
	{"timeout_connect", "", Diagnosis{
		"Request timed out", "{host}[:{port}] did not accept a connection in 30s",
		"A firewall may drop our requests; allow our address.",
		"{host}[:{port}] did not accept a connection within 30 seconds", noAction,
	}},
	{"timeout_tls", "", Diagnosis{
		"Request timed out", "{host}[:{port}] did not finish the TLS handshake in 30s",
		"Check that the server speaks HTTPS on this port and is not overloaded.",
		"{host}[:{port}] did not finish the TLS handshake within 30 seconds", EditURL,
	}},
	{"timeout_send", "", Diagnosis{
		"Request timed out", "The endpoint did not take the request in 30s",
		"Ensure your server responds within 30 seconds.",
		"your endpoint did not take the request within 30 seconds", noAction,
	}},
	{"timeout_headers", "", Diagnosis{
		"Request timed out", "The endpoint started to answer but did not finish in 30s",
		"Ensure your server responds within 30 seconds.",
		"your endpoint started to answer but did not finish within 30 seconds", noAction,
	}},
	{"timeout_body", "", Diagnosis{
		"Request timed out", "The endpoint's answer did not end in time",
		"Ensure your server responds within 30 seconds.",
		"your endpoint's answer did not end in time", noAction,
	}},
}

// tlsRows are for what goes wrong between the connection and the request.
var tlsRows = []Entry{
	{OutcomeTLSExpired, "", Diagnosis{
		"Certificate expired", "It expired on {not_after}[ (issuer {issuer})]",
		"Renew the certificate of your server.",
		"your server's certificate expired on {not_after}", noAction,
	}},
	{OutcomeTLSNotYetValid, "", Diagnosis{
		"Certificate not valid yet", "It is valid from {not_before} on",
		"Check the server's clock or certificate.",
		"your server's certificate is not valid before {not_before}", noAction,
	}},
	{OutcomeTLSChainExpired, "", Diagnosis{
		"Certificate chain expired", "{chain_certificate}, which the server sends with its own, expired on {not_after}",
		"Install the new chain on your server: your own certificate may be fine.",
		"a certificate in your server's chain[, {certificate},] expired on {not_after}", noAction,
	}},
	{OutcomeTLSChainNotYetValid, "", Diagnosis{
		"Certificate chain not valid yet", "{chain_certificate}, which the server sends with its own, is valid from {not_before} on",
		"Check the server's clock, or install the right chain.",
		"a certificate in your server's chain[, {certificate},] is not valid before {not_before}", noAction,
	}},
	{OutcomeTLSConstraint, "", Diagnosis{
		"Certificate issuer not allowed", "The issuer[, {issuer},] or one above it may not issue certificates for {host}",
		"Use a certificate from an authority that may issue for this name.",
		"the issuer of your server's certificate may not issue for {host}", noAction,
	}},
	{OutcomeTLSWrongHost, "", Diagnosis{
		"Certificate for another name", "The certificate is for {names}, not for {host}",
		"Use that name in the Webhook URL, or get a certificate for this one.",
		"your server's certificate is for {names}, not for {host}", EditURL,
	}},
	{OutcomeTLSNoSAN, "", Diagnosis{
		"Certificate lacks a name", "The certificate names no host (it has no subject alternative name)",
		"Get a certificate with {host} as subject alternative name (SAN).",
		"your server's certificate names no host", noAction,
	}},
	{OutcomeTLSSelfSigned, "", Diagnosis{
		"Self-signed certificate", "The server signed its certificate itself",
		"Use one from a public authority (for example Let's Encrypt).",
		"your server's certificate is self-signed", noAction,
	}},
	{OutcomeTLSUnknownIssuer, "", Diagnosis{
		"Certificate issuer unknown", "The issuer[, {issuer},] is not known; the chain may lack an intermediate certificate",
		"Install the full chain, or use a certificate from a public authority.",
		"the issuer of your server's certificate is not known", noAction,
	}},
	{OutcomeTLSProtocol, "", Diagnosis{
		"TLS version too old", "The server offers neither TLS 1.2 nor TLS 1.3",
		"Switch on TLS 1.2 or 1.3 on your server.",
		"your server offers neither TLS 1.2 nor TLS 1.3", noAction,
	}},
	{OutcomeTLSHandshake, "", Diagnosis{
		"TLS handshake failed", "{host}[:{port}] and ioZen have no cipher in common, or the server refused us",
		"Check the TLS settings of your server.",
		"the TLS handshake with {host} failed", noAction,
	}},
	{OutcomeTLSUnrecognizedName, "", Diagnosis{
		"Server has no site of this name", "The server at this address does not know {host}",
		"Add the name to your server, or correct the host in the Webhook URL.",
		"the server does not know the name {host}", EditURL,
	}},
	{OutcomeTLSClientCertificate, "", Diagnosis{
		"Client certificate wanted", "The server asks for a client certificate, which ioZen does not support",
		"Use an endpoint that checks an Authorization header or the signature instead.",
		"your server asks for a client certificate", EditURL,
	}},
	{OutcomeTLSReset, "", Diagnosis{
		"Connection reset during TLS", "{host}[:{port}] cut the connection in the TLS handshake",
		"Check the proxy, firewall or TLS offloading in front of your server.",
		"{host}[:{port}] cut the connection in the TLS handshake", noAction,
	}},
	{OutcomeTLSNotTLS, "", Diagnosis{
		"Not an HTTPS server", "{host}[:{port}] does not speak TLS[; it began with {began_with}]",
		"Try http:// instead, or correct the port.",
		"{host}[:{port}] does not speak HTTPS", useScheme,
	}},
	{OutcomeTLSBadCertificate, "", Diagnosis{
		"Certificate not acceptable", "The certificate of {host} is malformed, too large or of an unsafe kind",
		"Use a certificate from a public authority (for example Let's Encrypt).",
		"your server's certificate is not acceptable", noAction,
	}},
	{OutcomeWrongSchemeHTTPS, "", Diagnosis{
		"Wrong scheme", "{host}[:{port}] speaks HTTPS, and the URL begins with http://",
		"Use https:// in the Webhook URL.",
		"the URL begins with http://, and the endpoint speaks HTTPS", useScheme,
	}},
	{OutcomeWrongSchemeHTTP, "", Diagnosis{
		"Wrong scheme", "{host}[:{port}] speaks plain HTTP, and the URL begins with https://",
		"Use http:// in the Webhook URL, or better, set up HTTPS on your server.",
		"the URL begins with https://, and the endpoint speaks plain HTTP", useScheme,
	}},
}
