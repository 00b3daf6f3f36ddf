package handlers

import (
	"net/url"
	"strings"

	"iozen/views"
)

// adPlatforms name the ad platform of a click id. The paid ones come first: fbclid is also on plain links.
var adPlatforms = []struct{ key, name string }{
	{"gclid", "Google Ads"},
	{"gbraid", "Google Ads"},
	{"wbraid", "Google Ads"},
	{"msclkid", "Microsoft Ads"},
	{"ttclid", "TikTok Ads"},
	{"li_fat_id", "LinkedIn Ads"},
	{"fbclid", "Facebook or Instagram"},
	{"fbc", "Facebook or Instagram"},
}

// attributionOf reads where the visitor came from: the agreed keys of custom_data.
func attributionOf(payload []byte) views.Attribution {
	p := readPayload(payload)
	var a views.Attribution
	add := func(name, text string) {
		if text != "" {
			a.Facts = append(a.Facts, views.Fact{Name: name, Text: visible(text)})
		}
	}
	add("Source", slashed(p.custom("utm_source"), p.custom("utm_medium")))
	add("Campaign", p.custom("utm_campaign"))
	add("Term", p.custom("utm_term"))
	add("Content", p.custom("utm_content"))
	for _, key := range []string{"gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid", "ttclid", "li_fat_id"} {
		if id := p.custom(key); id != "" {
			add("Click ID", key+" "+id)
		}
	}
	add("Landing page", p.custom("landing_url"))
	add("Page", p.SourceURL)
	add("Referrer", p.custom("referrer_url"))
	add("Browser", p.custom("client_user_agent"))
	add("IP address", p.custom("client_ip_address"))
	add("Consent: ad user data", p.custom("ad_user_data"))
	add("Consent: personalization", p.custom("ad_personalization"))
	a.Headline = visible(dotted(cameFrom(p), p.custom("utm_campaign")))
	return a
}

// cameFrom names the source: the ad platform of a click id, else what the link says, else the referring site.
func cameFrom(p sentPayload) string {
	for _, platform := range adPlatforms {
		if p.custom(platform.key) != "" {
			return platform.name
		}
	}
	if source := p.custom("utm_source"); source != "" {
		return source
	}
	if u, err := url.Parse(p.custom("referrer_url")); err == nil {
		return strings.TrimPrefix(u.Host, "www.")
	}
	return ""
}

func slashed(source, medium string) string {
	if source == "" || medium == "" {
		return source + medium
	}
	return source + " / " + medium
}

func dotted(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}
