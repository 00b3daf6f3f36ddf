// The one line that tells whether what stands on the page is saved. A screen reader hears saved, not saved and
// failed; the rest would be chatter.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const slow = 300; // ms after which saving is worth a word
const heard = ['saved', 'invalid', 'conflict', 'failed', 'offline', 'signedout'];
const dots = { saved: 'ok', editing: 'warn', saving: 'busy', invalid: 'bad', conflict: 'warn', failed: 'bad', offline: 'warn', signedout: 'bad' };

function button(text, act) {
  const el = Object.assign(document.createElement('button'), { type: 'button', className: 'link', textContent: text });
  el.addEventListener('click', act);
  return el;
}

const signIn = () => Object.assign(document.createElement('a'),
  { href: '/signin', target: '_blank', className: 'text-link', textContent: 'Sign in' });

export class SaveState {
  constructor(line, form) {
    this.line = line;
    this.form = form;
    this.text = document.createElement('span');
  }

  // show says the worst that is the case now.
  show() {
    const [kind, field] = this.worst();
    clearTimeout(this.saving);
    if (kind === 'saving' && this.kind !== 'saving') {
      this.saving = setTimeout(() => this.say('saving', field), slow);
      return;
    }
    this.say(kind, field);
  }

  worst() {
    for (const kind of ['signedout', 'conflict', 'failed', 'invalid', 'saving', 'editing']) {
      const field = this.form.fields.find((f) => f.status === kind);
      if (field) return [kind === 'failed' && !navigator.onLine ? 'offline' : kind, field];
    }
    return [this.form.savedAt ? 'saved' : 'idle', null];
  }

  // say changes only the words while kind and field stay the same, so that a button keeps its focus.
  say(kind, field) {
    const same = kind === this.kind && field === this.field;
    const text = this.words(kind, field);
    if (same && text === this.text.textContent) return;
    this.line.setAttribute('aria-live', !same && heard.includes(kind) ? 'polite' : 'off');
    this.text.textContent = text;
    if (same) return;
    Object.assign(this, { kind, field });
    const dot = Object.assign(document.createElement('span'), { className: `dot ${dots[kind] ?? 'idle'}` });
    this.line.replaceChildren(dot, this.text, ...this.actions(kind, field));
  }

  words(kind, field) {
    switch (kind) {
      case 'signedout': return 'Sign in again to save. Nothing you typed is lost.';
      case 'conflict': return `${field.conflict.message} at ${clock.format(new Date(field.conflict.at))}.`;
      case 'offline': return "You're offline. Changes will be saved when you reconnect.";
      case 'failed': return this.form.countdown ? `Couldn't save. Retrying in ${this.form.left} s.` : "Couldn't save.";
      case 'invalid': return '';
      case 'saving': return 'Saving…';
      case 'editing': return 'Unsaved changes';
      case 'saved': return `All changes saved · ${clock.format(this.form.savedAt)}`;
      default: return 'Changes save automatically';
    }
  }

  actions(kind, field) {
    switch (kind) {
      case 'signedout': return [signIn()];
      case 'conflict': return [button('Keep mine', () => field.keepMine()), button('Use theirs', () => field.useTheirs())];
      case 'failed': return [button('Retry now', () => this.form.retry())];
      case 'invalid': return [button(field.refused.answer.message, () => field.controls[0].focus())];
      default: return [];
    }
  }
}
