package outcome

// successRows are for a 2xx that does not say what the webhook asks for under Success by answer.
var successRows = []Entry{
	{OutcomeSuccessDiffers, "2xx", Diagnosis{
		"Answered {status}, but without success", "The answer has {path}[ = {found}], and only {path} = {wanted} counts as success",
		"Read what the endpoint answered. If it did take the event, change Success by answer.",
		"your endpoint answered {status}, but with {path}[ = {found}] in place of {wanted}", noAction,
	}},
	{OutcomeSuccessMissing, "2xx", Diagnosis{
		"Answered {status}, but without success", "The answer has no {path}, and only {path} = {wanted} counts as success",
		"Compare the answer with the path under Success by answer; capital letters count.",
		"your endpoint answered {status}, but its answer has no {path}", noAction,
	}},
	{OutcomeSuccessNotJSON, "2xx", Diagnosis{
		"Answered {status}, but not with JSON", "The answer is not JSON, and only one with {path} = {wanted} counts as success",
		"Let the endpoint answer with JSON, or remove Success by answer.",
		"your endpoint answered {status}, but not with JSON", noAction,
	}},
	{OutcomeSuccessCut, "2xx", Diagnosis{
		"Answered {status}, but too long or cut", "The answer ended before {path} was read, and only {path} = {wanted} counts as success",
		"Let the endpoint put {path} near the beginning of its answer: 64 KiB of it are read, for 5 s.",
		"your endpoint answered {status}, but its answer was cut before {path}", noAction,
	}},
}

// formatRows are for events of which the webhook's format can make no body. Nothing was sent.
var formatRows = []Entry{
	{OutcomeFormatTooLarge, "", Diagnosis{
		"Body too large", "The format makes a body larger than {limit} KiB of this event; the limit was reached at {placeholder}[ ({place})]",
		"Use fewer or shorter fields in the format, or leave this one out. It is tried again with the new format.",
		"the format makes a body larger than {limit} KiB; the limit was reached at {placeholder}", noAction,
	}},
	{OutcomeFormatFailed, "", Diagnosis{
		"Format failed", "The webhook's format could not make a body of this event; nothing was sent",
		"Choose another format, or save this one again. The server's log has the details.",
		"the webhook's format could not make a body of it", noAction,
	}},
}
