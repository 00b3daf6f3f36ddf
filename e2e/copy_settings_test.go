package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// quizzes makes bots of one name, and the first of them has settings to be copied.
func (d *desk) quizzes(api *api, name string, n int) (ids []string) {
	d.t.Helper()
	for range n {
		ids = append(ids, call[object](api, "POST", "/v1/bots", object{"name": name}, 201)["id"].(string))
	}
	call[object](api, "PUT", "/v1/bots/"+ids[0]+"/webhook", object{
		"enabled": true, "url": "https://crm.example.com/hooks", "headers": []object{{"name": "Authorization", "value": "Bearer s3cret"}},
		"format": object{"type": "flat", "encoding": "json"}, "leave_out": []string{"user_data.phone"},
	}, 200)
	return ids
}

func (d *desk) urlOf(api *api, bot string) any {
	return call[object](api, "GET", "/v1/bots/"+bot+"/webhook", nil, 200)["url"]
}

// Settings go from one bot to others: chosen, seen before anything changes, and taken back.
func TestSettingsAreCopiedToOtherBots(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	ids := d.quizzes(api, "Copied quiz", 3)
	d.open("/bots/" + ids[0] + "/settings/marketing")
	d.press(link, "Copy settings…")
	d.sees("Gives other endpoints the settings of Copied quiz.")
	d.open("/bots/" + ids[0] + "/settings/copy?q=Copied+quiz")
	d.press(button, "Preview")
	d.sees("Choose at least one endpoint.")
	d.inspect("copy-where")
	d.press(link, "Tick all 2")
	d.press(button, "Preview")
	d.sees("Authorization: ••••••••")
	require.NotContains(t, d.text(), "s3cret")
	d.inspect("copy-preview")
	d.press("checkbox", "Format and Leave out")
	d.press(button, "Copy to 2 endpoints")
	d.sees("You chose other settings than the preview showed.")
	require.Nil(t, d.urlOf(api, ids[1]), "nothing changes that was not seen before")
	d.press(button, "Copy to 2 endpoints")
	d.sees("Copied to 2 endpoints.")
	d.sees("Webhook URL, Custom Headers")
	d.inspect("copy-done")
	for _, id := range ids[1:] {
		w := call[object](api, "GET", "/v1/bots/"+id+"/webhook", nil, 200)
		require.Equal(t, "https://crm.example.com/hooks", w["url"])
		require.Equal(t, false, w["enabled"])
		require.Equal(t, "iozen", w["format"].(map[string]any)["type"])
	}
	call[object](api, "PUT", "/v1/bots/"+ids[2]+"/webhook", object{"enabled": true, "url": "https://later.example/"}, 200)
	d.press(button, "Undo the copy")
	d.sees("Taken back in 1 of 2 endpoints: see below.")
	d.sees("Not taken back: its settings changed since.")
	require.Nil(t, d.urlOf(api, ids[1]))
	require.Equal(t, "https://later.example/", d.urlOf(api, ids[2]))
}

// The same without scripts, in the other direction.
func TestSettingsAreCopiedFromAnotherBotWithoutScripts(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	ids := d.quizzes(api, "Plain quiz", 2)
	call[object](api, "PUT", "/v1/bots/"+ids[1]+"/webhook", object{"enabled": true, "url": "https://other.example/hook"}, 200)
	d.noScripts()
	d.open("/bots/" + ids[1] + "/settings/copy?q=Plain+quiz")
	d.press(link, "From another")
	d.sees("Gives Plain quiz the settings of another endpoint.")
	d.open("/bots/" + ids[1] + "/settings/copy?into=1&q=Plain+quiz")
	d.press(link, "Plain quiz")
	d.sees("switched on: new events are sent this way at once")
	d.press("checkbox", "Webhook URL")
	d.press(button, "Update preview")
	d.sees("Authorization (hidden), typed for crm.example.com, will be sent to other.example.")
	d.press("checkbox", "Webhook URL")
	d.press(button, "Update preview")
	d.press(button, "Copy to 1 endpoint")
	d.sees("Copied to 1 endpoint.")
	d.at("/bots/" + ids[1] + "/settings/copy")
	require.Equal(t, "https://crm.example.com/hooks", d.urlOf(api, ids[1]))
	d.press(button, "Undo the copy")
	d.sees("Taken back in 1 endpoint.")
	require.Equal(t, "https://other.example/hook", d.urlOf(api, ids[1]))
}

// New bots begin with the settings that somebody chose for them, unless the person who makes one wants an empty one.
func TestNewBotsBeginWithChosenSettings(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	api := h.newAPI()
	bot := api.newBot("Roofing quote bot", h.Test+"/status/200")
	p := h.asOwner()
	p.open("/bots/" + bot + "/settings/copy")
	p.press(button, "Use for new bots")
	p.sees("New bots now start with the settings of Roofing quote bot.")
	p.open("/workspace")
	p.sees("New bots start with a copy of the settings of Roofing quote bot.")
	p.open("/bots/new")
	p.sees("Starts with a copy of the settings of Roofing quote bot")
	p.inspect("bot-new-begins")
	p.fill("Name", "Kitchen planner")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	require.Equal(t, h.Test+"/status/200", p.value("Webhook URL"))
	p.says("Changes save automatically")
	p.open("/bots/new")
	p.fill("Name", "Empty planner")
	p.press("checkbox", "Start empty instead")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	require.Empty(t, p.value("Webhook URL"))
	p.open("/bots/" + bot + "/settings/copy")
	p.press(button, "Start new bots empty")
	p.sees("New bots now start empty.")
}
