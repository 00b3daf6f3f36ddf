package strictjson

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

var scanSeeds = []string{
	`{}`, ` {"a":1} `, `{"a":[1,{"b":"]}"}],"c":"\"}","\u0064" : null,"a":-1.5e3}`, `{"a":"\\","b":"\\\"","c":{}}`, `{"":[[]],"x":true}`,
}

func TestTheScannerSeesWhatEncodingJSONSees(t *testing.T) {
	for _, seed := range scanSeeds {
		requireSameMembers(t, seed)
	}
}

func FuzzMembers(f *testing.F) {
	for _, seed := range scanSeeds {
		f.Add(seed)
	}
	f.Fuzz(requireSameMembers)
}

// requireSameMembers compares with encoding/json, for which the last of a repeated key counts.
func requireSameMembers(t *testing.T, text string) {
	document, err := Check([]byte(text))
	if err != nil || document[0] != '{' {
		return
	}
	var want map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(document, &want))
	got := map[string]json.RawMessage{}
	Members(document, func(key, value json.RawMessage) bool {
		got[Unquote(key)] = value
		return true
	})
	require.Equal(t, len(want), len(got))
	for name, value := range want {
		require.Equal(t, string(value), string(got[name]), name)
	}
}
