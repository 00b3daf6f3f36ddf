package outcome

import (
	"fmt"
	"strconv"
	"strings"

	"iozen/store"
)

// Next says what happens after an entry of the table: how often such a delivery is tried.
func (e Entry) Next() string {
	all := len(DefaultSchedule) + 1
	switch {
	case strings.HasPrefix(e.Key, "body_"):
		return "Delivered, with this warning"
	case strings.HasPrefix(e.Key, "redirect_"):
		return "Not tried again"
	case e.Key == OutcomeCancelled:
		return "Not tried again; only tests are cancelled"
	case e.Key == OutcomeOwnSide:
		return "Tried again at once; no attempt is counted"
	case strings.HasPrefix(e.Key, store.Unconfirmed):
		return fmt.Sprintf("%d attempts", fewTries)
	case e.Key == keyChallenge:
	case e.Key == OutcomeHTTP(413):
		return fmt.Sprintf("%d attempts; Retry-After moves the next one later", fewTries)
	case e.Key == OutcomeHTTP(429), e.Key == OutcomeHTTP(503), e.Key == OutcomeHTTP(529):
		return fmt.Sprintf("%d attempts; Retry-After moves the next one later", all)
	case e.Key == OutcomeHTTP(410):
		return fmt.Sprintf("%d attempts; two at least 5 minutes apart switch the webhook off", all)
	}
	if status, err := strconv.Atoi(strings.TrimPrefix(e.Key, "http_")); err == nil {
		all, _ = DefaultSchedule.tries(status)
	}
	return fmt.Sprintf("%d attempts", all)
}
