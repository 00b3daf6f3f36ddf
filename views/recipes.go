package views

// Recipe explains how events get into one destination. Its Key is the anchor that a hint on the settings page links to.
type Recipe struct {
	Key, Name string
	Intro     string
	Steps     []string
	Code      string            // to paste there, or ""
	Column    string            // heading of the table's right column
	Theirs    map[string]string // our key: where it goes
}

// recipeKey is one key of the payload and its meaning.
type recipeKey struct{ name, meaning string }

var recipeKeys = []recipeKey{
	{"event_name", "What happened: Lead, FieldConversion, …"},
	{"event_id", "Unique; the same when an event is sent again"},
	{"event_time", "When, in UTC"},
	{"event_time_unix", "The same in seconds since 1970"},
	{"source", "Always iozen"},
	{"action_source", "Where it happened, mostly website"},
	{"user_data.email", "Email"},
	{"user_data.phone", "Phone"},
	{"user_data.first_name", "First name"},
	{"user_data.last_name", "Last name"},
	{"user_data.external_id", "The submission's id, the same in all its events"},
	{"custom_data.value", "Value of the conversion"},
	{"custom_data.currency", "Its currency, three letters"},
	{"custom_data.content_name", "Name of the form or question"},
	{"custom_data.utm_source", "Campaign: likewise utm_medium, gclid, fbclid, …, when the visitor came with them"},
	{"source_url", "The page of the visitor"},
}

const (
	isTheKey  = "the key to drop duplicates by"
	notNeeded = "not needed"
)

// inBetween are the steps for a CRM that accepts events only in its own format: a tool in between translates.
func inBetween(crm, record string) []string {
	return []string{
		"Make a Zap, a scenario or a workflow that begins with a webhook, as Zapier, Make or n8n below.",
		"Put its address into Webhook URL here and press Test Connection, so that it learns the fields.",
		"Add the step “" + record + "” of " + crm + " and fill its fields from the table.",
		"Add a filter in between: go on only if event_id does not begin with test_.",
		"Switch it on, and the webhook here too.",
	}
}

// Recipes are all recipes; the tools that others depend on come first.
func Recipes() []Recipe {
	return []Recipe{
		zapierRecipe, makeRecipe, n8nRecipe, sheetsRecipe, hubspotRecipe, salesforceRecipe, pipedriveRecipe, ownRecipe,
	}
}

var zapierRecipe = Recipe{
	Key: "zapier", Name: "Zapier", Column: "Field in the Zap",
	Intro: "Zapier passes events on to thousands of apps. It answers 200 as soon as it has the event.",
	Steps: []string{
		"Make a Zap with the trigger “Webhooks by Zapier”, event “Catch Hook”. Choose “Catch Raw Hook” instead if a later step is to see the headers or to verify the signature; the fields then come as one text.",
		"Copy its address (https://hooks.zapier.com/hooks/catch/…) into Webhook URL here and press Test Connection.",
		"In Zapier press “Test trigger”: the test event carries every field, so that all can be chosen later.",
		"Add a filter: go on only if event_id does not begin with test_.",
		"Add the action, fill its fields from the table, and publish the Zap.",
	},
	Theirs: map[string]string{
		"event_name": "event_name: filter by it", "event_id": "event_id: " + isTheKey, "event_time": "event_time",
		"event_time_unix": "event_time_unix", "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "user_data__email", "user_data.phone": "user_data__phone",
		"user_data.first_name": "user_data__first_name", "user_data.last_name": "user_data__last_name",
		"user_data.external_id": "user_data__external_id", "custom_data.value": "custom_data__value",
		"custom_data.currency": "custom_data__currency", "custom_data.content_name": "custom_data__content_name",
		"custom_data.utm_source": "custom_data__utm_source", "source_url": "source_url",
	},
}

var makeRecipe = Recipe{
	Key: "make", Name: "Make", Column: "Item in the scenario",
	Intro: "Make answers 200 at once and runs the scenario then. A scenario that is off answers HTTP 410 or 404.",
	Steps: []string{
		"Make a scenario that begins with “Webhooks: Custom webhook” and add a webhook.",
		"Copy its address (https://hook.….make.com/…) into Webhook URL here.",
		"In Make press “Redetermine data structure”, then Test Connection here while it waits: the scenario now knows every field.",
		"Put a filter behind the webhook: event_id does not start with test_.",
		"Add the module of the destination, fill it from the table, and switch the scenario on.",
	},
	Theirs: map[string]string{
		"event_name": "1. event_name: filter by it", "event_id": "1. event_id: " + isTheKey, "event_time": "1. event_time",
		"event_time_unix": "1. event_time_unix", "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "1. user_data: email", "user_data.phone": "1. user_data: phone",
		"user_data.first_name": "1. user_data: first_name", "user_data.last_name": "1. user_data: last_name",
		"user_data.external_id": "1. user_data: external_id", "custom_data.value": "1. custom_data: value",
		"custom_data.currency": "1. custom_data: currency", "custom_data.content_name": "1. custom_data: content_name",
		"custom_data.utm_source": "1. custom_data: utm_source", "source_url": "1. source_url",
	},
}

var n8nRecipe = Recipe{
	Key: "n8n", Name: "n8n", Column: "Expression",
	Intro: "n8n has two addresses for each webhook. The one with /webhook-test/ works only while its editor listens.",
	Steps: []string{
		"Make a workflow that begins with the node “Webhook”: method POST, Respond “Immediately”.",
		"Copy its Production URL (with /webhook/) into Webhook URL here.",
		"If the node asks for Header Auth, put that header into Custom Headers.",
		"Press “Listen for test event”, put the Test URL here for the moment, press Test Connection, and put the Production URL back.",
		"Add an If node: {{ $json.body.event_id.startsWith('test_') }} is false. Add the destination, fill it from the table, and activate the workflow.",
	},
	Theirs: map[string]string{
		"event_name": "{{ $json.body.event_name }}", "event_id": "{{ $json.body.event_id }}: " + isTheKey,
		"event_time": "{{ $json.body.event_time }}", "event_time_unix": "{{ $json.body.event_time_unix }}",
		"source": notNeeded, "action_source": notNeeded,
		"user_data.email": "{{ $json.body.user_data.email }}", "user_data.phone": "{{ $json.body.user_data.phone }}",
		"user_data.first_name": "{{ $json.body.user_data.first_name }}", "user_data.last_name": "{{ $json.body.user_data.last_name }}",
		"user_data.external_id": "{{ $json.body.user_data.external_id }}", "custom_data.value": "{{ $json.body.custom_data.value }}",
		"custom_data.currency": "{{ $json.body.custom_data.currency }}", "custom_data.content_name": "{{ $json.body.custom_data.content_name }}",
		"custom_data.utm_source": "{{ $json.body.custom_data.utm_source }}", "source_url": "{{ $json.body.source_url }}",
	},
}
