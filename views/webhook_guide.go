package views

// WebhookGuide is what a developer needs: the payload, and how to send a real event.
type WebhookGuide struct {
	BotID     string
	Examples  []Example
	Receivers []Receiver
	LeadCurl  string   // of a real event, to our API
	Allowed   []string // private targets that the operator allows
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
