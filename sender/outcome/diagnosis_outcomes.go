package outcome

import (
	"strconv"

	"iozen/store/event/success"
)

// The outcome codes of an attempt that was not simply delivered (store.Attempt.Outcome). An answered
// failure is "http_<status>" (OutcomeHTTP), all others are here. They are stored: never rename one.
const (
	OutcomeRedirect = "redirect" // 3xx
	OutcomeTimeout  = "timeout"  // detail phase says where

	OutcomeDNSNotFound  = "dns_not_found"
	OutcomeDNSNoAddress = "dns_no_address"
	OutcomeDNSFailed    = "dns_failed"
	OutcomeDNSRefused   = "dns_refused"

	OutcomeConnectionRefused  = "connection_refused"
	OutcomeConnectionReset    = "connection_reset"
	OutcomeClosedEarly        = "closed_early"
	OutcomeClosedSending      = "closed_sending"
	OutcomeHostUnreachable    = "host_unreachable"
	OutcomeNetworkUnreachable = "network_unreachable"

	OutcomeTLSExpired           = "tls_expired"
	OutcomeTLSNotYetValid       = "tls_not_yet_valid"
	OutcomeTLSWrongHost         = "tls_wrong_host"
	OutcomeTLSNoSAN             = "tls_no_san"
	OutcomeTLSSelfSigned        = "tls_self_signed"
	OutcomeTLSUnknownIssuer     = "tls_unknown_issuer"
	OutcomeTLSChainExpired      = "tls_chain_expired" // a certificate between the server's and the authority's
	OutcomeTLSChainNotYetValid  = "tls_chain_not_yet_valid"
	OutcomeTLSConstraint        = "tls_constraint" // an authority may not issue for this name
	OutcomeTLSProtocol          = "tls_protocol"
	OutcomeTLSHandshake         = "tls_handshake"
	OutcomeTLSUnrecognizedName  = "tls_unrecognized_name"
	OutcomeTLSClientCertificate = "tls_client_certificate"
	OutcomeTLSReset             = "tls_reset"
	OutcomeTLSNotTLS            = "tls_not_tls"
	OutcomeTLSBadCertificate    = "tls_bad_certificate"

	OutcomeWrongSchemeHTTPS = "wrong_scheme_https" // http URL, the endpoint speaks TLS
	OutcomeWrongSchemeHTTP  = "wrong_scheme_http"  // https URL, the endpoint speaks plain HTTP

	OutcomeNotHTTP        = "not_http"
	OutcomeUnasked        = "unasked" // an answer that came before the request
	OutcomeBrokenHeader   = "broken_header"
	OutcomeHeaderTooLarge = "header_too_large"
	OutcomeBadHTTP        = "bad_http"
	OutcomeH2Error        = "h2_error"
	OutcomeH2Overload     = "h2_overload"
	OutcomeH2Refused      = "h2_refused"
	OutcomeH2Failed       = "h2_failed"

	// Warnings on a 2xx answer; the event was taken.
	OutcomeBodyCut     = "body_cut"
	OutcomeBodyEndless = "body_endless"
	OutcomeBodyReset   = "body_reset"
	OutcomeBodyBadHTTP = "body_bad_http"
	OutcomeBodyHTML    = "body_html"
	OutcomeBodyFailed  = "body_says_failed" // {"ok":false} and its like

	// What the webhook asks for besides a 2xx is not in the answer.
	OutcomeSuccessDiffers = string(success.Differs)
	OutcomeSuccessMissing = string(success.Missing)
	OutcomeSuccessNotJSON = string(success.NotJSON)
	OutcomeSuccessCut     = string(success.Cut)

	OutcomeFormatTooLarge = "format_too_large" // nothing was sent
	OutcomeFormatFailed   = "format_failed"

	OutcomeBlocked    = "blocked"
	OutcomeCannotSend = "cannot_send"
	OutcomeCancelled  = "cancelled"
	OutcomeOwnSide    = "own_side"  // no descriptors, no ports: no attempt is spent
	OutcomeOwnFault   = "own_fault" // a panic of ours: an attempt is spent, so that it is not repeated forever
)

// OutcomeHTTP is the code of an answered failure: http_401.
func OutcomeHTTP(status int) string { return "http_" + strconv.Itoa(status) }
