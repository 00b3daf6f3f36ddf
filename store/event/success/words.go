package success

import (
	"encoding/json"

	"iozen/store/option"
	"iozen/store/strictjson"
)

// Words say what is wrong with an answer, as the end of "Lead from Roofing quote bot was not delivered: …"; "" for
// Fulfilled.
func Words(rule option.Success, result Result, found string) string {
	wanted := rule.Path + " = " + valueWords(rule.Value)
	switch result {
	case Differs:
		return "the answer has " + rule.Path + " = " + found + ", and only " + wanted + " counts as success"
	case Missing:
		return "the answer has no " + rule.Path + ", and only " + wanted + " counts as success"
	case NotJSON:
		return "the answer is not JSON, and only one with " + wanted + " counts as success"
	case Cut:
		return "the answer is so long that it was cut before " + rule.Path + ", and only " + wanted + " counts as success"
	}
	return ""
}

func valueWords(value option.Literal) string {
	if value != "" && value[0] == '"' {
		return strictjson.Unquote(json.RawMessage(value))
	}
	return string(value)
}

// Warning says that the JSON of a 2xx speaks of a failure, although nobody asked it: {"success":false}, {"ok":false} or
// {"error":…}. It is "" for any other answer.
func Warning(status int, body []byte) string {
	if status < 200 || status > 299 {
		return ""
	}
	document, err := strictjson.Check(withoutMark(body))
	if err != nil || document[0] != '{' {
		return ""
	}
	warning := ""
	strictjson.Members(document, func(key, value json.RawMessage) bool {
		switch name := strictjson.Unquote(key); {
		case (name == "success" || name == "ok") && string(value) == "false":
			warning = "The answer says \"" + name + "\": false. If that means failure, choose Success by answer."
		case name == "error" && !strictjson.IsNothing(value) && string(value) != "false" && string(value) != "0":
			warning = "The answer has an \"error\". If that means failure, choose Success by answer."
		}
		return warning == ""
	})
	return warning
}
