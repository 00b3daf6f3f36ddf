package attempt

import (
	"iozen/store"
	"iozen/store/event/success"
	"iozen/store/option"
)

// unconfirmed says why an answer with a 2xx status is no success by the webhook's rule, or "".
func (c *Client) unconfirmed(a *store.Attempt, rule option.Success, body []byte, truncated bool) string {
	result, found := success.Judge(rule, a.StatusCode, body, truncated)
	if result == success.Fulfilled {
		return ""
	}
	note(a, "path", rule.Path)
	note(a, "wanted", rule.Value.Text())
	if result == success.Differs {
		note(a, "found", found)
	}
	return string(result)
}
