package handlers

import (
	"net/url"

	"iozen/store"
	"iozen/store/event/success"
	"iozen/store/option"
	"iozen/store/text"
	"iozen/views"
)

func readSuccess(form url.Values, change *store.WebhookChange) *refusal {
	if !form.Has("success_path") {
		return nil
	}
	typed := option.Success{Path: text.Clean(form.Get("success_path")), Value: success.Typed(form.Get("success_value"))}
	rule, problems := asTheAPI(typed, success.Decode)
	if len(problems) > 0 {
		part := map[string]string{"/path": "the path ", "/value": "the value "}[problems[0].Pointer]
		return refuseTexts([]string{part + problems[0].Message})
	}
	change.Success = &rule
	return nil
}

func successPairs(form views.WebhookForm) [][2]string {
	return [][2]string{{"success_path", form.SuccessPath}, {"success_value", form.SuccessValue}}
}

func successLines(form views.WebhookForm) []string {
	if form.SuccessPath == "" {
		return []string{"Every 2xx"}
	}
	return []string{form.SuccessPath + " = " + form.SuccessValue}
}

func successWords(rule option.Success) string {
	if rule.IsZero() {
		return "any 2xx"
	}
	return rule.Path + " = " + rule.Value.Text()
}
