package attempt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

func TestTheConsentRuleComesBeforeTheFormat(t *testing.T) {
	const (
		denied  = `{"event_name":"Lead","user_data":{"email":"jane@example.com"},"custom_data":{"value":1,"ad_user_data":"DENIED"}}`
		granted = `{"event_name":"Lead","user_data":{"email":"jane@example.com"},"custom_data":{"value":1,"ad_user_data":"granted"}}`
	)
	flat := option.Format{Type: option.FormatFlat}
	for _, test := range []struct {
		name    string
		rule    option.Consent
		format  option.Format
		payload string
		want    string
	}{
		{"always", option.ConsentAlways, option.Format{}, denied, denied},
		{"strip, granted", option.ConsentStrip, option.Format{}, granted, granted},
		{"strip", option.ConsentStrip, option.Format{}, denied, `{"event_name":"Lead","custom_data":{"value":1,"ad_user_data":"DENIED"}}`},
		{"strip, flat", option.ConsentStrip, flat, denied, `{"event_name":"Lead","custom_data_value":1,"custom_data_ad_user_data":"DENIED"}`},
		{"require: a person chose to send it", option.ConsentRequire, option.Format{}, denied, denied},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, err := BodyOf(store.Webhook{Set: option.Set{Consent: test.rule, Format: test.format}}, []byte(test.payload))
			require.NoError(t, err)
			require.JSONEq(t, test.want, string(body.Bytes))
		})
	}
}
