// Package attempt makes one attempt: one traced HTTP request, signed (Standard Webhooks 1.0), with its limits, and the
// classification of whatever came of it. Test events, page checks and deliveries pass the same client.
//
// It never repeats a POST, follows a redirect, uses a proxy or keeps a cookie, and it never puts a configured secret into
// what it reports.
package attempt
