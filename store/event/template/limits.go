package template

// The bounds of a template. Within them rendering takes less than 2 ms, whatever the event.
const (
	MaxTemplate     = 32 << 10  // bytes
	MaxPlaceholders = 200       // in one template
	MaxFilters      = 8         // of one placeholder
	MaxPhones       = 20        // uses of e164, which costs more than all other filters together
	MaxDepth        = 32        // objects and lists inside one another
	MaxResult       = 256 << 10 // bytes of the body

	maxProblems = 20
	// maxWork is how many bytes all filters of a template may read for one event; those that are quick may read more. Only
	// values of many kilobytes that many placeholders repeat come to so much.
	maxWork = 64 << 10
)
