package attempt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

// A name of custom_data may hold any character, so no character can part the names of two settings.
func TestFormatsThatLeaveOutOtherFieldsAreApart(t *testing.T) {
	const payload = `{"event_name":"Lead","custom_data":{"a":1,"b":2,"c":3}}`
	var known formats
	for _, c := range []struct {
		leaveOut []string
		want     string
	}{
		{[]string{"custom_data.a\ncustom_data.b"}, payload},
		{[]string{"custom_data.a", "custom_data.b"}, `{"event_name":"Lead","custom_data":{"c":3}}`},
		{[]string{"custom_data.a\x00custom_data.b"}, payload},
		{[]string{`custom_data.a","custom_data.b`}, payload},
		{[]string{`custom_data.a" "custom_data.b`}, payload},
		{[]string{"custom_data.a custom_data.b"}, payload},
		{[]string{"custom_data.b", "custom_data.a"}, `{"event_name":"Lead","custom_data":{"c":3}}`},
	} {
		f, err := known.of(store.Webhook{Set: option.Set{LeaveOut: c.leaveOut}})
		require.NoError(t, err)
		body, err := render(f, []byte(payload))
		require.NoError(t, err)
		require.Equal(t, c.want, string(body.Bytes), "%q", c.leaveOut)
	}
}
