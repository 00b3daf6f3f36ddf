package handlers

import (
	"iozen/store"
	"iozen/store/event/consent"
	"iozen/store/option"
)

func readConsent(chosen string, change *store.WebhookChange) *refusal {
	rule, problems := asTheAPI(option.Consent(chosen), consent.Decode)
	if len(problems) > 0 {
		return &refusal{message: "choose one of the three rules"}
	}
	change.Consent = &rule
	return nil
}

// consentText is a consent rule as people read it.
func consentText(rule option.Consent) string {
	switch rule {
	case option.ConsentStrip:
		return "Without consent: leave personal data out"
	case option.ConsentRequire:
		return "Without consent: do not send"
	}
	return "Send every event whole"
}
