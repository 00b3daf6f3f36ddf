package views

// The names of what a page shows for a while only, and can hide before that. Those about one thing have its id behind them.
const (
	ShownKey          = "key"
	ShownBotKey       = "bot key"
	ShownInvitation   = "invitation"
	ShownCodes        = "recovery codes"
	ShownSecret       = "signing secret"
	ShownDelivery     = "delivery"
	ShownPerson       = "person"
	ShownNotifySecret = "notification secret"
)

// ShownOf is the name of what is shown about one thing.
func ShownOf(what, id string) string { return what + " " + id }
