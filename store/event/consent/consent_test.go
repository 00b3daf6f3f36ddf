package consent

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/option"
	"iozen/store/strictjson"
)

func TestOnlyGrantedIsGranted(t *testing.T) {
	for custom, want := range map[string]bool{
		`{"ad_user_data":"granted"}`: true, `{"ad_user_data":"GRANTED"}`: true, `{"ad_user_data":"Granted"}`: true, `{"ad_user_data":true}`: true,
		`{"ad_user_data":"gr\u0061nted"}`: true, `{"\u0061d_user_data":"granted"}`: true,
		`{"ad_user_data":"denied"}`: false, `{"ad_user_data":"true"}`: false, `{"ad_user_data":"yes"}`: false, `{"ad_user_data":1}`: false, `{"ad_user_data":false}`: false,
		`{"ad_user_data":null}`: false, `{"ad_user_data":""}`: false, `{"ad_user_data":["granted"]}`: false, `{"ad_user_data":{"granted":true}}`: false, `{"ad_user_data":"granted "}`: false,
		`{"ad_personalization":"granted"}`: false, `{"note":"ad_user_data granted"}`: false, `{"x":{"ad_user_data":"granted"}}`: false, `{}`: false, `"ad_user_data"`: false,
	} {
		require.Equal(t, want, Granted([]byte(`{"event_name":"Lead","custom_data":`+custom+`}`)), custom)
	}
	require.False(t, Granted([]byte(`{"ad_user_data":"granted","user_data":{"ad_user_data":"granted"}}`)))
	require.False(t, Granted([]byte(`ad_user_data`)))
}

func TestTheRuleActsOnlyWithoutConsent(t *testing.T) {
	const granted = `{"event_name":"Lead","user_data":{"email":"a@b.c"},"custom_data":{"ad_user_data":"GRANTED"}}`
	const denied = `{"event_name":"Lead","user_data":{"email":"a@b.c"},"custom_data":{"ad_user_data":"DENIED"}}`
	for _, c := range []struct {
		rule          option.Consent
		payload, want string
		act           Act
	}{
		{option.ConsentAlways, denied, denied, Sent},
		{option.ConsentStrip, granted, granted, Sent},
		{option.ConsentStrip, denied, `{"event_name":"Lead","custom_data":{"ad_user_data":"DENIED"}}`, Stripped},
		{option.ConsentStrip, `{"event_name":"Lead","user_data":{"email":"a@b.c"}}`, `{"event_name":"Lead"}`, Stripped},
		{option.ConsentRequire, granted, granted, Sent},
		{option.ConsentRequire, denied, "", HeldBack},
		{"unknown", denied, "", HeldBack},
		{"unknown", granted, granted, Sent},
	} {
		got, act := Apply(c.rule, []byte(c.payload))
		require.Equal(t, c.want, string(got), "%s, %s", c.rule, c.payload)
		require.Equal(t, c.act, act)
		require.Equal(t, act == Sent, act.Words() == "")
	}
	payload := []byte(denied)
	same, _ := Apply(option.ConsentAlways, payload)
	require.Same(t, &payload[0], &same[0])
}

func TestAConsentRuleIsReadOrRefused(t *testing.T) {
	for text, want := range map[string]option.Consent{`"always"`: option.ConsentAlways, `"strip"`: option.ConsentStrip, `"require"`: option.ConsentRequire, `null`: option.ConsentAlways} {
		var d strictjson.Document
		require.Equal(t, want, Decode(&d, "/consent", json.RawMessage(text)))
		require.Empty(t, d.Problems)
	}
	for text, message := range map[string]string{`"never"`: "must be always, strip or require", `""`: "must be always, strip or require", `true`: "must be a string", `{}`: "must be a string"} {
		var d strictjson.Document
		Decode(&d, "/consent", json.RawMessage(text))
		require.Equal(t, []strictjson.Problem{{Pointer: "/consent", Message: message}}, d.Problems)
	}
}
