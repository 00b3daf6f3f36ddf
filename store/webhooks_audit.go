package store

import "strings"

// auditChange notes which settings a save changed; what they were and are stands in the history of versions. A page
// saves with every pause in typing: the first save of a field by an open page stands for those that follow.
func (tx *tx) auditChange(before Webhook, c WebhookChange, changed []Field) error {
	var names []string
	for _, f := range changed {
		switch {
		case f == FieldEnabled && *c.Enabled:
			if err := tx.addAudit(AuditEntry{By: c.By, Action: "webhook.enable", BotID: before.BotID}); err != nil {
				return err
			}
		case f == FieldEnabled:
			if err := tx.addAudit(AuditEntry{By: c.By, Action: "webhook.disable", BotID: before.BotID}); err != nil {
				return err
			}
		case !c.samePage(before, f):
			names = append(names, string(f))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return tx.addAudit(AuditEntry{By: c.By, Action: "webhook.change", BotID: before.BotID, Note: strings.Join(names, ", ")})
}
