package views

// shortcutsOf are the keys of one part of the product.
type shortcutsOf struct {
	Where string
	Keys  []shortcut
}

type shortcut struct {
	Keys []string
	Does string
}

// shortcuts are all that there are: in keys.js, home.js, log.js and drawer.js.
var shortcuts = []shortcutsOf{
	{"Everywhere", []shortcut{
		{[]string{"Ctrl K", "⌘ K"}, "Search bots, pages and IDs"},
		{[]string{"?"}, "Show these shortcuts"},
		{[]string{"Esc"}, "Close what is open"},
	}},
	{"Intake bots", []shortcut{
		{[]string{"/"}, "Go to the search field"},
		{[]string{"↓", "↑"}, "Go to the next or previous bot"},
		{[]string{"Enter"}, "Open the bot"},
	}},
	{"Deliveries", []shortcut{
		{[]string{"/"}, "Go to the search field"},
		{[]string{"J", "K"}, "Go to the next or previous delivery"},
		{[]string{"Enter"}, "Open the delivery beside the list"},
		{[]string{"↓", "↑"}, "With a delivery open: the next or previous one"},
		{[]string{"Esc"}, "Close the delivery"},
	}},
}
