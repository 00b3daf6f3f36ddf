package success

import (
	"encoding/json"

	"iozen/store/option"
	"iozen/store/strictjson"
)

// ValueWords is the value that a rule asks for, as people read it.
func ValueWords(rule option.Success) string {
	value := rule.Value
	if value != "" && value[0] == '"' {
		return strictjson.Unquote(json.RawMessage(value))
	}
	return string(value)
}
