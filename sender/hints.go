package sender

import (
	"net/url"
	"strings"
)

// Hint is what a URL's text gives away about its receiver, said without a request. It never refuses.
type Hint struct {
	Message    string
	Suggest    string // a button's label, "" without one
	SuggestURL string // what the button puts into the URL field
}

// hintRule knows a receiver by its host; one that begins with a dot matches its subdomains.
type hintRule struct {
	hosts   []string
	message string
}

// hintRules: the first match speaks.
var hintRules = []hintRule{
	{[]string{"hooks.zapier.com"}, "Zapier: choose “Catch Raw Hook” if the headers are to be seen; “Catch Hook” shows the fields only."},
	{[]string{"zapier.com", ".zapier.com"}, "This is a page of Zapier. Copy the address that its Webhooks trigger shows (hooks.zapier.com)."},
	{[]string{".make.com", ".integromat.com"}, "Make: press Test Connection while “Redetermine data structure” waits, so that the scenario knows the fields."},
	{[]string{"script.google.com"}, "Google Apps Script answers every POST with a redirect (302), which counts as a failure although the script ran. Put a service between that answers 200 itself."},
	{[]string{"graph.facebook.com"}, "Meta's Conversions API expects another format and will refuse this one. Put a service between that translates."},
	{[]string{"hooks.slack.com", "discord.com", "discordapp.com"}, "Chat hooks expect a message in another format. Put a service between that translates (Zapier, Make, n8n)."},
	{[]string{"docs.google.com", "drive.google.com", "notion.so", ".notion.so", "airtable.com"}, pageMessage},
	{[]string{
		"app.hubspot.com", ".lightning.force.com", ".my.salesforce.com", ".pipedrive.com", "crm.zoho.com", "crm.zoho.eu",
		"app.gohighlevel.com", "app.close.com", ".activehosted.com", "app.activecampaign.com", "monday.com", ".monday.com",
	}, "This looks like a page of your CRM, not a hook. Look for “webhook” or “incoming webhook” in its settings and copy that address."},
}

const pageMessage = "This is a page for people. A webhook needs an address that accepts POST requests."

// URLHints says what to know about a receiver that the URL gives away.
func URLHints(text string) []Hint {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	if strings.Contains(u.Path, "/webhook-test/") {
		return []Hint{{
			Message:    "This is n8n's test address: it stops when its editor closes. Use the production URL.",
			Suggest:    "Use the production URL",
			SuggestURL: strings.Replace(text, "/webhook-test/", "/webhook/", 1),
		}}
	}
	host := strings.ToLower(u.Hostname())
	for _, rule := range hintRules {
		if rule.matches(host) {
			return []Hint{{Message: rule.message}}
		}
	}
	return nil
}

func (r hintRule) matches(host string) bool {
	for _, h := range r.hosts {
		if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
			return true
		}
	}
	return false
}
