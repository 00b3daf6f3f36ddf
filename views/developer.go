package views

// DeveloperPage is what a developer needs: the payload, the secret, and how to send a real event.
type DeveloperPage struct {
	Page
	WebhookRef
	BotName   string
	Editable  bool
	URL       string // where requests go; "" while there is none
	Examples  []Example
	Receivers []Receiver
	Secret    Secret
	Guide     WebhookGuide
	Sample    SampleLead
	Endpoints Endpoints
}

// WebhookGuide is how a program sends an event.
type WebhookGuide struct {
	BotID      string
	LeadCurl   string // of a real event, to our API
	EventsURL  string // where events are posted
	WebhookURL string // where a program reads and changes the settings
}

// Receiver is a sample of the other end of a webhook, in one language.
type Receiver struct{ Language, Name, Code string }

// Example is one event as it would go out.
type Example struct {
	EventName string
	Headers   string
	Payload   string
	Curl      string // of the same request, to the webhook
}
