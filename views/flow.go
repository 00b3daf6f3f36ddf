package views

import "time"

// Flow is the picture above the settings: the bot, ioZen and the endpoint, and how leads travel between them.
type Flow struct {
	Bot    FlowNode
	In     Pipe
	IoZen  FlowNode
	Out    Pipe
	Host   FlowNode
	Tool   Tool // of the endpoint, when its URL gives it away
	LogURL string
}

// FlowNode is one stop on the way. At, when it is set, stands behind its text.
type FlowNode struct {
	Name, Text string
	At         time.Time
	Ago        bool // At is told as "2 min ago"
}

// Pipe is the way between two stops.
type Pipe struct {
	State  PipeState
	Short  string // what there is room for on a phone
	More   string // the rest of it
	Moving bool   // something came through lately
}

// PipeState is how a way does.
type PipeState string

// The states of a way.
const (
	PipeOK   PipeState = "ok"
	PipeBad  PipeState = "bad"
	PipeNone PipeState = "none"
)

// Steps are the way to a first lead, as far as it has been gone.
type Steps struct {
	List   [4]Step
	Sample SampleLead
}

// Done counts the steps that have been taken.
func (s Steps) Done() (n int) {
	for _, step := range s.List {
		if step.Done {
			n++
		}
	}
	return n
}

// now is the index of the first step that has not been taken.
func (s Steps) now() int {
	for i, step := range s.List {
		if !step.Done {
			return i
		}
	}
	return -1
}

// Step is one of them.
type Step struct {
	Title, Note string
	Done, Bad   bool
}

// SampleLead is the button that sends a lead without a visitor.
type SampleLead struct {
	WebhookRef
	Why      string // the reason why it cannot be sent now, "" if it can
	Sent     bool   // one was sent before: what it does is known
	Editable bool
}
