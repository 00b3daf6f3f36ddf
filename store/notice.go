package store

// What is what a commit changed about a webhook, besides what pages show: any combination of the constants.
type What uint8

// What a commit can change.
const (
	Due      What = 1 << iota // a delivery may be sent now, or sooner than before
	Settings                  // where to, how or whether the webhook sends: what was claimed before must not start
	Revoked                   // deliveries were taken back or ended: what was claimed before must not start
	Jobs                      // a job began
)

// Notice says what one commit changed about a webhook; number 0: about its bot (uuid.Nil: about all bots together).
type Notice struct {
	WebhookID
	What What
}

// Is says whether any of these changed.
func (n Notice) Is(w What) bool { return n.What&w != 0 }
