package handlers

import (
	"strings"

	"iozen/sender/outcome"
	"iozen/store"
)

// act is an action of the audit log in plain words, to be read after who did it. {target} and {note} are the entry's.
type act struct{ group, words string }

// The groups that the audit page filters by, in the order in which it lists them.
var actGroups = []string{"Signing in", "Accounts", "API keys", "Bots", "Webhook", "Secrets and personal data", "Deliveries", "Workspace"}

// acts are all actions; a test compares them with those that the code uses.
var acts = map[string]act{
	"signin":             {"Signing in", "signed in"},
	"signin.failed":      {"Signing in", "tried to sign in as {target} with a wrong password"},
	"signin.code_failed": {"Signing in", "tried to sign in as {target} with the right password and a wrong code"},
	"signout":            {"Signing in", "signed out"},
	"session.end":        {"Signing in", "signed out in another browser"},
	"session.end_others": {"Signing in", "signed out everywhere else"},

	"account.create":              {"Accounts", "created the account {target} as {note}"},
	"account.remove":              {"Accounts", "removed the account {target}, {note}"},
	"account.set_password":        {"Accounts", "set the password of {target}"},
	"account.set_role":            {"Accounts", "changed the role of {target} {note}"},
	"invitation.create":           {"Accounts", "invited {target} as {note}"},
	"invitation.accept":           {"Accounts", "accepted the invitation as {note}"},
	"invitation.revoke":           {"Accounts", "revoked the invitation for {target}"},
	"second_factor.on":            {"Accounts", "turned their second factor on"},
	"second_factor.off":           {"Accounts", "turned the second factor of {target} off"},
	"second_factor.new_codes":     {"Accounts", "made new recovery codes"},
	"second_factor.recovery_code": {"Accounts", "used a recovery code"},

	"key.create":        {"API keys", "created the API key “{target}”, {note}"},
	"key.rotate_master": {"API keys", "sealed all secrets with a new master key ({target})"},

	"key.revoke": {"API keys", "revoked the API key “{target}”"},

	"bot.create":  {"Bots", "created the bot “{target}”"},
	"bot.rename":  {"Bots", "renamed the bot from “{note}” to “{target}”"},
	"bot.delete":  {"Bots", "deleted the bot “{target}”"},
	"bot.restore": {"Bots", "took back that the bot “{target}” was deleted"},

	"webhook.add":           {"Webhook", "added the endpoint “{target}”"},
	"webhook.rename":        {"Webhook", "renamed an endpoint to “{target}” ({note})"},
	"webhook.order":         {"Webhook", "put the endpoints in the order {target}"},
	"webhook.delete":        {"Webhook", "deleted the endpoint “{target}”"},
	"webhook.enable":        {"Webhook", "switched the webhook on"},
	"webhook.disable":       {"Webhook", "switched the webhook off"},
	"webhook.switch_off":    {"Webhook", "switched the webhook off: {target}"},
	"webhook.change":        {"Webhook", "changed {note}"},
	"webhook.origin_change": {"Webhook", "changed Webhook URL {note}"},
	"webhook.copy":          {"Webhook", "copied from “{target}”: {note}"},
	"webhook.copy_undo":     {"Webhook", "took back what was copied from “{target}”: {note}"},
	"webhook.copy_origin":   {"Webhook", "copied hidden headers to {target}, which were typed for {note}"},

	"webhook.reveal_headers": {"Secrets and personal data", "revealed the header values"},
	"webhook.reveal_secret":  {"Secrets and personal data", "revealed the signing secret"},
	"delivery.reveal_test":   {"Secrets and personal data", "sent the personal data of delivery {target} in a test"},
	"webhook.rotate_secret":  {"Secrets and personal data", "made a new signing secret"},
	"webhook.end_old_secret": {"Secrets and personal data", "ended the old signing secret before its day was over"},
	"delivery.reveal":        {"Secrets and personal data", "revealed the personal data of delivery {target}"},
	"person.export":          {"Secrets and personal data", "exported what is kept about a person, found by their {target}"},
	"person.erase_start":     {"Secrets and personal data", "began to erase a person, found by their {target}"},
	"person.erase":           {"Secrets and personal data", "erased a person, found by their {target}: {note}"},
	"audit.export":           {"Secrets and personal data", "exported the audit log"},

	"workspace.set_retention":     {"Workspace", "set the log retention to {target} days"},
	"workspace.begin_with":        {"Workspace", "chose the settings of “{target}” for new bots to start with"},
	"workspace.begin_empty":       {"Workspace", "let new bots start empty"},
	"notifications.set_webhook":   {"Workspace", "set the notification webhook: {target}"},
	"notifications.reveal_secret": {"Secrets and personal data", "revealed the signing secret of the notification webhook"},

	"delivery.sample":        {"Deliveries", "sent a sample {note} (delivery {target})"},
	"delivery.resend":        {"Deliveries", "sent delivery {target} again, which {note}"},
	"delivery.resend_anyway": {"Deliveries", "sent delivery {target} without its visitor's consent, which {note}"},
	"delivery.resend_all":    {"Deliveries", "sent again what a filter showed: {note}"},
	"delivery.take_back":     {"Deliveries", "took back {note} that were to be sent again"},
	"delivery.resend_stop":   {"Deliveries", "stopped sending again, {note}"},
	"delivery.resend_end":    {"Deliveries", "came to the end of sending again: {note}"},
	"delivery.export":        {"Secrets and personal data", "exported deliveries: {note}"},
	"held.send":              {"Deliveries", "chose to send what was held: {note}"},
	"held.send_stop":         {"Deliveries", "stopped sending what was held, {note}"},
	"held.send_end":          {"Deliveries", "came to the end of sending what was held: {note}"},
	"held.leave":             {"Deliveries", "left what was held unsent"},
}

// actWords are the words of an entry. An action of another version of this program is shown unchanged.
func actWords(e store.AuditEntry) string {
	known, ok := acts[e.Action]
	if !ok {
		return strings.TrimSpace(e.Action + " " + e.Target + " " + e.Note)
	}
	target, note := e.Target, e.Note
	switch e.Action {
	case "webhook.switch_off":
		target = outcome.SwitchOffWords(e.Target)
	case "person.erase_start", "person.erase", "person.export":
		target, _, _ = strings.Cut(e.Target, " #")
		target = strings.ReplaceAll(target, "_", " ")
	case "delivery.resend_end", "held.send_end":
		if counts, reason, stopped := strings.Cut(e.Note, ", "); stopped {
			note = counts + " (" + reasonShort(reason) + ")"
		}
	case "bot.rename":
		note = strings.TrimPrefix(e.Note, "was ")
	case "webhook.origin_change":
		note = moveWords(e)
	case "webhook.change", "webhook.copy", "webhook.copy_undo":
		note = fieldWords(e.Note)
	}
	return strings.TrimSpace(strings.NewReplacer("{target}", target, "{note}", note).Replace(known.words))
}

// moveWords say where the Webhook URL led before and where it leads now, by the note of a move that kept hidden headers.
func moveWords(e store.AuditEntry) string {
	from, kept, found := strings.Cut(strings.TrimPrefix(e.Note, "from "), ", and kept the hidden headers: ")
	if !found {
		return "to " + e.Target + ", " + e.Note
	}
	return "from " + from + " to " + e.Target + "; hidden headers now go there too: " + kept
}

// fieldWords names the settings of a note as their page does.
func fieldWords(list string) string {
	var fields []store.Field
	for field := range strings.SplitSeq(list, ", ") {
		fields = append(fields, store.Field(field))
	}
	return labelsOf(fields)
}

// actsOf are the actions of a group.
func actsOf(group string) (actions []string) {
	for action, a := range acts {
		if a.group == group {
			actions = append(actions, action)
		}
	}
	return actions
}
