package target

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Hint is advice from a URL's text about its receiver, without a request. It never refuses a URL.
type Hint struct {
	Message    string
	Recipe     string // the help recipe that tells more, "" without one
	Suggest    string // a button's label, "" without one
	SuggestURL string // what the button puts into the URL field
}

// hintRule recognizes a receiver by its host; one that begins with a dot matches its subdomains.
type hintRule struct {
	recipe  string
	hosts   []string
	message string
}

// hintRules are tried in order; the first match counts.
var hintRules = []hintRule{
	{"zapier", []string{"hooks.zapier.com"}, "Zapier: choose “Catch Raw Hook” if you need the headers; “Catch Hook” shows the fields only."},
	{"zapier", []string{"zapier.com", ".zapier.com"}, "This is a page of Zapier. Copy the address that its Webhooks trigger shows (hooks.zapier.com)."},
	{"make", []string{"www.make.com", "make.com", "www.integromat.com"}, "This is a page of Make. Copy the address that its Custom webhook shows (hook.….make.com)."},
	{"make", []string{".make.com", ".integromat.com"}, "Make: press Test Connection while “Redetermine data structure” waits, so that the scenario knows the fields."},
	{"google-sheets", []string{"script.google.com"}, "Google Apps Script answers every POST with a redirect (302), which counts as a failure although the script ran. Send to Make or Zapier first, and let them call this URL."},
	{"google-sheets", []string{"docs.google.com", "drive.google.com"}, pageMessage},
	{"other", []string{"graph.facebook.com"}, "Meta's Conversions API expects another format. The address ends in /events; then choose Meta Conversions API under Format."},
	{"other", []string{"hooks.slack.com", "discord.com", "discordapp.com"}, "Chats expect a message. Copy the address of an incoming webhook, and choose Message under Format."},
	{"hubspot", []string{"app.hubspot.com", ".hubspot.com"}, crmMessage},
	{"salesforce", []string{".lightning.force.com", ".my.salesforce.com", "login.salesforce.com"}, crmMessage},
	{"pipedrive", []string{"app.pipedrive.com", ".pipedrive.com"}, crmMessage},
	{"other", []string{
		"crm.zoho.com", "crm.zoho.eu", "app.gohighlevel.com", "app.close.com", ".activehosted.com", "app.activecampaign.com",
		"monday.com", ".monday.com",
	}, crmMessage},
	{"other", []string{"notion.so", ".notion.so", "airtable.com"}, pageMessage},
}

const (
	crmMessage  = "This looks like a page of your CRM, not a hook. Look for “webhook” or “incoming webhook” in its settings and copy that address."
	pageMessage = "This is a page for people. A webhook needs an address that accepts POST requests."
)

// HintRecipes are the recipes that hints lead to.
func HintRecipes() []string {
	recipes := []string{"n8n"}
	for _, rule := range hintRules {
		if !slices.Contains(recipes, rule.recipe) {
			recipes = append(recipes, rule.recipe)
		}
	}
	return recipes
}

// URLHints are the hints for a URL.
func URLHints(text string) []Hint {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	var hints []Hint
	if hint, ok := receiverHint(text, u); ok {
		hints = append(hints, hint)
	}
	if u.Scheme == "http" && !StaysInside(u.Hostname()) {
		https := "https" + strings.TrimPrefix(text, "http")
		hints = append(hints, Hint{
			Message: "Not encrypted: others could read your leads on the way. Use https:// if the endpoint has it.",
			Suggest: "Use " + https, SuggestURL: https,
		})
	}
	return hints
}

func receiverHint(text string, u *url.URL) (Hint, bool) {
	if strings.Contains(u.Path, "/webhook-test/") {
		return Hint{
			Message: "This is n8n's test address: it stops when its editor closes. Use the production URL.",
			Recipe:  "n8n", Suggest: "Use the production URL",
			SuggestURL: strings.Replace(text, "/webhook-test/", "/webhook/", 1),
		}, true
	}
	host := strings.ToLower(u.Hostname())
	for _, rule := range hintRules {
		if rule.matches(host) {
			return Hint{Message: rule.message, Recipe: rule.recipe}, true
		}
	}
	return Hint{}, false
}

// StaysInside says whether a host is on this machine or in its own network, where plain HTTP is usual.
func StaysInside(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addrRule(addr) != ""
	}
	return isLocalName(host)
}

func (r hintRule) matches(host string) bool {
	for _, h := range r.hosts {
		if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
			return true
		}
	}
	return false
}
