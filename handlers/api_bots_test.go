package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestBotsAreMadeReadRenamedAndDeleted(t *testing.T) {
	ta := newAPITest(t)
	res := ta.api("POST", "/v1/bots", ta.key, `{"name":" Roofing "}`)
	made := decoded(t, res, http.StatusCreated)
	path := "/v1/bots/" + made["id"].(string)
	require.Equal(t, path, res.Header().Get("Location"))
	require.Equal(t, map[string]any{"id": made["id"], "name": "Roofing", "created_at": onWire(ta.clock.Now())}, made)
	require.Equal(t, made, ta.call("GET", path, "", 200))

	made["name"] = "Roofing & <more>"
	renamed := ta.api("PATCH", path, ta.key, `{"name":"Roofing & <more>"}`)
	require.Contains(t, renamed.Body.String(), `"Roofing & <more>"`, "nothing is escaped that need not be")
	require.Equal(t, made, decoded(t, renamed, 200))

	deleted := ta.api("DELETE", path, ta.key, "")
	require.Equal(t, http.StatusNoContent, deleted.Code)
	require.Empty(t, deleted.Body.String())
	for _, method := range []string{"GET", "DELETE"} {
		ta.refused(method, path, "", 404)
	}
	ta.refused("PATCH", path, `{"name":"x"}`, 404)
}

func TestBotsArePaged(t *testing.T) {
	ta := newAPITest(t)
	for _, name := range []string{"B", "C"} {
		ta.newBot(name)
	}
	var names []string
	for path := "/v1/bots?limit=2"; path != ""; {
		answer := ta.call("GET", path, "", 200)
		for _, b := range answer["bots"].([]any) {
			names = append(names, b.(map[string]any)["name"].(string))
		}
		path = ""
		if next, more := answer["next"].(string); more {
			path = "/v1/bots?limit=2&cursor=" + next
		}
	}
	require.ElementsMatch(t, []string{"C", "B", "Quiz"}, names)
}

func TestABotsOwnKeySeesThatBot(t *testing.T) {
	ta := newAPITest(t)
	ta.newBot("Other")
	own := ta.newKey(store.RoleViewer, ta.bot.ID)
	answer := decoded(t, ta.api("GET", "/v1/bots", own, ""), 200)
	require.Len(t, answer["bots"], 1)
	require.Nil(t, answer["next"])
	require.Equal(t, "Quiz", answer["bots"].([]any)[0].(map[string]any)["name"])
}

func TestBotsThatAreRefused(t *testing.T) {
	ta := newAPITest(t)
	for body, want := range map[string]FieldError{
		`{}`:                        {"/name", "is required"},
		`[]`:                        {"", "must be an object"},
		`{"name":null}`:             {"/name", "must be a string"},
		`{"name":"  "}`:             {"/name", "Give the bot a name."},
		`{"name":"\u200b"}`:         {"/name", "Give the bot a name: this has only characters that cannot be seen."},
		`{"name":"\u0000"}`:         {"/name", "Use letters, digits and the like only."},
		`{"name":"x","id":"1"}`:     {"/id", "unknown key"},
		`{"name":"x","name":"y"}`:   {"/name", "is given twice"},
		`{"name":"x","a/b~c":true}`: {"/a~1b~0c", "unknown key"},
		`{"name":"` + strings.Repeat("é", 101) + `"}`: {"/name", "Use at most 100 characters."},
	} {
		require.Equal(t, []FieldError{want}, ta.refused("POST", "/v1/bots", body, 422), body)
		require.Equal(t, []FieldError{want}, ta.refused("PATCH", ta.at(""), body, 422), body)
	}
	require.Equal(t, []FieldError{{"/limit", "must be a number from 1 to 200"}}, ta.refused("GET", "/v1/bots?limit=0", "", 422))
	require.Equal(t, []FieldError{{"/cursor", "is not a cursor of this list"}}, ta.refused("GET", "/v1/bots?cursor=x", "", 422))
	require.Equal(t, []FieldError{{"/limit", "has no value"}, {"/page", "unknown parameter"}}, ta.refused("GET", "/v1/bots?page=2&limit", "", 422))
}

func TestANameIsCleanedAndMayBeThatOfAnotherBot(t *testing.T) {
	ta := newAPITest(t)
	for typed, want := range map[string]string{
		`Roofing  quote bot`: "Roofing quote bot", `Roofing\u00a0quote bot`: "Roofing quote bot", `Zoe\u0308 bot`: "Zoë bot", `\ufeffQuiz\u200b`: "Quiz",
	} {
		require.Equal(t, want, ta.call("POST", "/v1/bots", `{"name":"`+typed+`"}`, 201)["name"])
		require.Equal(t, want, ta.call("PATCH", ta.at(""), `{"name":"`+typed+`"}`, 200)["name"])
	}
}
