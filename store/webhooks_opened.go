package store

import "github.com/google/uuid"

// maxOpened bounds the webhooks that the writer remembers.
const maxOpened = 20_000

// openedWebhooks are webhooks with their secrets in clear, for the writer alone: every claim needs its bot's, and
// unsealing it costs more than all else that a claim of one delivery does. One is used only while its row still reads
// the same.
type openedWebhooks map[uuid.UUID]openedWebhook

type openedWebhook struct {
	row     webhookRow
	webhook Webhook
}

// sending reads the current settings of a bot for who sends with them: without the history of its fields, which takes
// more memory than all the rest. They are shared, and not to be changed.
func (tx *tx) sending(botID uuid.UUID) (Webhook, error) {
	r, err := scanWebhook(botID, tx.row(webhookByBot, idBytes(botID)))
	if err != nil {
		return Webhook{}, err
	}
	r.fields, r.undo = "{}", ""
	if known, ok := tx.db.opened[botID]; ok && known.row == r {
		return known.webhook, nil
	}
	w, err := tx.db.openWebhook(botID, r)
	if err == nil {
		err = w.whole()
	}
	if err != nil {
		return Webhook{}, err
	}
	tx.onCommit(func() {
		if len(tx.db.opened) >= maxOpened {
			clear(tx.db.opened)
		}
		tx.db.opened[botID] = openedWebhook{row: r, webhook: w}
	})
	return w, nil
}
