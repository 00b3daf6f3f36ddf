package handlers

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"iozen/store"
	"iozen/views"
)

// changesBeforeFailure compares the settings of the last success with those of the first failure after it: what
// changed in between is the first suspect. It is nil for a delivery that did not fail, and for a webhook that never worked.
func (a *app) changesBeforeFailure(ctx context.Context, d store.Delivery, attempts []store.Attempt) (*views.Changes, error) {
	if d.Test || d.Status != store.Failed && d.Status != store.Retrying || len(attempts) == 0 {
		return nil, nil
	}
	success, failure := turningPoint(attempts)
	if success == nil {
		var err error
		if success, err = a.Store.SuccessBefore(ctx, d.WebhookID(), d.ID); err != nil {
			return nil, err
		}
	}
	if success == nil || !success.At.Before(failure.StartedAt) {
		return nil, nil
	}
	before, err := a.Store.WebhookVersion(ctx, d.WebhookID(), success.Version)
	if err != nil {
		return nil, fmt.Errorf("load settings of the last success: %w", err)
	}
	after, err := a.Store.WebhookVersion(ctx, d.WebhookID(), failure.WebhookVersion)
	if err != nil {
		return nil, fmt.Errorf("load settings of the first failure: %w", err)
	}
	actors, err := a.actorNames(ctx)
	if err != nil {
		return nil, err
	}
	return &views.Changes{Since: success.At, Items: settingsChanges(before, after), By: actors.of(after.By), At: after.At}, nil
}

// turningPoint finds the first failure after the last success among a delivery's own attempts; the success is nil
// if it never got through.
func turningPoint(attempts []store.Attempt) (success *store.Success, failure store.Attempt) {
	failure = attempts[0]
	for i, at := range attempts[:len(attempts)-1] {
		if at.Delivered() {
			success, failure = &store.Success{At: at.StartedAt, Version: at.WebhookVersion}, attempts[i+1]
		}
	}
	return success, failure
}

// settingsChanges names what differs between two versions: hosts and names, never values.
func settingsChanges(before, after store.WebhookVersion) []string {
	var items []string
	if was, is := hostOf(before.URL), hostOf(after.URL); was != is {
		items = append(items, fmt.Sprintf("the Webhook URL went from %s to %s", was, is))
	} else if before.URL != after.URL {
		items = append(items, "the Webhook URL changed ("+urlPart(before.URL, after.URL)+")")
	}
	items = append(items, headerChanges(before.Headers, after.Headers)...)
	if limitWords(before.RateLimit) != limitWords(after.RateLimit) {
		items = append(items, "the rate limit went from "+limitWords(before.RateLimit)+" to "+limitWords(after.RateLimit))
	}
	if was, is := formatWords(before.Format), formatWords(after.Format); was != is {
		items = append(items, "the format changed")
	}
	if !slices.Equal(before.LeaveOut, after.LeaveOut) {
		items = append(items, "other fields are left out")
	}
	if before.Success != after.Success {
		items = append(items, "what counts as success changed")
	}
	if consentText(before.Consent) != consentText(after.Consent) {
		items = append(items, "the consent rule went from “"+consentText(before.Consent)+"” to “"+consentText(after.Consent)+"”")
	}
	return items
}

// urlPart names the part in which two URLs of the same host differ. Paths and queries often hold a token.
func urlPart(before, after string) string {
	was, errWas := url.Parse(before)
	is, errIs := url.Parse(after)
	switch {
	case errWas != nil || errIs != nil:
		return "its text"
	case was.Scheme != is.Scheme:
		return was.Scheme + " to " + is.Scheme
	case was.Path != is.Path:
		return "its path"
	}
	return "its query"
}

func headerChanges(before, after []store.Header) []string {
	var items []string
	for _, h := range after {
		was := findHeader(before, h.Name)
		if was == nil {
			items = append(items, "the header "+h.Name+" was added")
		} else if was.Value != h.Value {
			items = append(items, "the value of "+h.Name+" changed")
		}
	}
	for _, h := range before {
		if findHeader(after, h.Name) == nil {
			items = append(items, "the header "+h.Name+" was removed")
		}
	}
	return items
}

func findHeader(headers []store.Header, name string) *store.Header {
	i := slices.IndexFunc(headers, func(h store.Header) bool { return strings.EqualFold(h.Name, name) })
	if i < 0 {
		return nil
	}
	return &headers[i]
}

func limitWords(limit *float64) string {
	if limit == nil {
		return "none"
	}
	return fmt.Sprintf("%g a second", *limit)
}
