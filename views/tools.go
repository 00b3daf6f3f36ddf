package views

// Tool is a destination that many people send their leads to.
type Tool struct {
	Key, Name string // "" of a server that is known by no name
	Letter    string // on its tile; "" for an icon
	Icon      string
	Class     string   // of its tile's colour
	Hosts     []string // its hooks are there; * stands for anything
	URL       string   // the shape of its URL, as the field's placeholder
	Headers   string   // likewise of the headers
	Steps     []ToolStep
	Recipe    string // the key of its recipe
}

// ToolStep is one line of how to find the URL: the button's name in the middle is strong.
type ToolStep struct{ Before, Strong, After string }

// Tools are the destinations to choose from, the last one for everybody else.
func Tools() []Tool {
	return []Tool{
		{
			Key: "zapier", Class: "zap", Name: "Zapier", Letter: "Z", Hosts: []string{"hooks.zapier.com"}, Recipe: "zapier",
			URL: "https://hooks.zapier.com/hooks/catch/…",
			Steps: []ToolStep{
				{"In Zapier, create a Zap with the trigger ", "Webhooks by Zapier, Catch Hook", "."},
				{"Copy the address under ", "Your webhook URL", " and paste it below."},
				{"Press ", "Test Connection", " here, then continue in Zapier. It learns your fields from the test."},
			},
		},
		{
			Key: "make", Class: "make", Name: "Make", Letter: "M", Hosts: []string{"hook.*.make.com", "hook.make.com", "hook.integromat.com"}, Recipe: "make",
			URL: "https://hook.eu2.make.com/…", Headers: "x-make-apikey: your key",
			Steps: []ToolStep{
				{"In Make, open your scenario and add ", "Webhooks, Custom webhook", "."},
				{"Press ", "Copy address to clipboard", " and paste it below."},
				{"Leave Make on ", "Run once", ", then test. It learns your fields from the test."},
			},
		},
		{
			Key: "n8n", Class: "n8n", Name: "n8n", Letter: "n8", Hosts: []string{"*.n8n.cloud"}, Recipe: "n8n",
			URL: "https://your-name.app.n8n.cloud/webhook/…",
			Steps: []ToolStep{
				{"In n8n, add a ", "Webhook", " node and set its method to POST."},
				{"Copy its ", "Production URL", " and paste it below."},
				{"Publish the workflow with ", "Active", ", then test."},
			},
		},
		{
			Key: "hubspot", Class: "hub", Name: "HubSpot", Letter: "H", Recipe: "hubspot", URL: "https://hooks.zapier.com/hooks/catch/…",
			Steps: []ToolStep{
				{"HubSpot takes leads through a tool in between. Create a Zap with ", "Webhooks by Zapier, Catch Hook", "."},
				{"Add the step ", "HubSpot, Create or update contact", "."},
				{"Copy ", "Your webhook URL", " from the Zap and paste it below."},
			},
		},
		{
			Key: "sheets", Class: "sheet", Name: "Sheets", Icon: "table", Recipe: "google-sheets", URL: "https://hooks.zapier.com/hooks/catch/…",
			Steps: []ToolStep{
				{"Google Sheets takes leads through a tool in between. Create a Zap with ", "Webhooks by Zapier, Catch Hook", "."},
				{"Add the step ", "Google Sheets, Create spreadsheet row", "."},
				{"Copy ", "Your webhook URL", " from the Zap and paste it below."},
			},
		},
		{
			Key: "slack", Class: "slack", Name: "Slack", Icon: "hash", Recipe: "zapier", URL: "https://hooks.zapier.com/hooks/catch/…",
			Steps: []ToolStep{
				{"Slack needs a message in its own format. Create a Zap with ", "Webhooks by Zapier, Catch Hook", "."},
				{"Add the step ", "Slack, Send channel message", "."},
				{"Copy ", "Your webhook URL", " from the Zap and paste it below."},
			},
		},
		{
			Key: "own", Name: "My server", Icon: "server", Recipe: "other", URL: "https://example.com/webhook", Headers: "Authorization: Bearer your-token",
			Steps: []ToolStep{
				{"Write an endpoint that accepts ", "POST", " requests with JSON and answers 200."},
				{"Sample code for Node, Python, Go and PHP is on the ", "Developer", " tab."},
				{"Paste its address below. A token goes into ", "Custom Headers", "."},
			},
		},
	}
}
