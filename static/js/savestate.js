// The one line that tells whether what stands on the page is saved. A screen reader hears saved, not saved and
// failed, once each, from a line of its own; the rest would be chatter.
import { goTo } from './goto.js';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const slow = 300; // ms after which saving is worth a word
const worstFirst = ['signedout', 'denied', 'conflict', 'failed', 'invalid', 'saving', 'editing'];
const heard = ['invalid', 'conflict', 'failed', 'offline', 'signedout', 'denied'];
const dots = { saved: 'ok', editing: 'warn', saving: 'busy', conflict: 'warn', offline: 'warn' }; // else bad

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

// button acts on a field and leaves the focus there: a click never takes the focus, and a key press gives it back.
function button(text, field, act) {
  const el = make('button', { type: 'button', className: 'link', textContent: text });
  el.addEventListener('mousedown', (event) => event.preventDefault());
  el.addEventListener('click', () => {
    if (document.activeElement === el) field.controls[0].focus();
    act();
  });
  return el;
}

export class SaveState {
  constructor(line, said, form) {
    Object.assign(this, { line, said, form });
    this.idle = [...line.childNodes]; // the text that the page was loaded with
    this.text = make('span');
  }

  // show shows the worst state of all fields.
  show() {
    const [kind, field] = this.worst();
    if (kind === 'saving' && this.kind !== 'saving') {
      this.saving ??= setTimeout(() => this.say('saving', field), slow);
      return;
    }
    this.say(kind, field);
  }

  worst() {
    for (const kind of worstFirst) {
      const field = this.form.fields.find((f) => f.status === kind);
      if (field) return [kind === 'failed' && !navigator.onLine ? 'offline' : kind, field];
    }
    return [this.form.savedAt ? 'saved' : 'idle', null];
  }

  // say rebuilds the line only when its meaning changes, so that a button in it keeps its focus.
  say(kind, field) {
    clearTimeout(this.saving);
    this.saving = undefined;
    const message = kind === 'invalid' ? field.refused.answer.message : '';
    const about = [kind, field?.name, message].join();
    const actions = [about, kind === 'saved' && this.form.undoable?.name].join();
    this.text.textContent = this.words(kind, field);
    if (kind === 'saved' ? this.form.savedAt !== this.announced : about !== this.about && heard.includes(kind)) {
      this.said.replaceChildren(make('span', { textContent: this.text.textContent + message }));
    }
    this.announced = this.form.savedAt;
    if (actions === this.actions) return;
    Object.assign(this, { kind, about, actions });
    if (kind === 'idle') this.line.replaceChildren(...this.idle);
    else this.line.replaceChildren(make('span', { className: `dot ${dots[kind] ?? 'bad'}` }), this.text, ...this.buttons(kind, field));
  }

  words(kind, field) {
    switch (kind) {
      case 'signedout': return 'Sign in again to save. Nothing you typed is lost.';
      case 'denied': return "Couldn't save: this bot is gone, or your role no longer allows it.";
      case 'conflict': return `${field.conflict.message} at ${clock.format(new Date(field.conflict.at))}.`;
      case 'offline': return "You're offline. Changes will be saved when you reconnect.";
      case 'failed': return this.form.countdown ? `Couldn't save. Retrying in ${this.form.left} s.` : "Couldn't save.";
      case 'invalid': return '';
      case 'saving': return 'Saving…';
      case 'editing': return 'Unsaved changes';
      case 'saved': return `All changes saved · ${clock.format(this.form.savedAt)}`;
      default: return '';
    }
  }

  buttons(kind, field) {
    switch (kind) {
      case 'saved': return this.form.undoable ? [button('Undo', this.form.undoable, () => this.form.undo())] : [];
      case 'signedout': return [button('Sign in', field, () => this.form.signIn())];
      case 'conflict': return [button('Keep mine', field, () => field.keepMine()), button('Use theirs', field, () => field.useTheirs())];
      case 'failed': return [button('Retry now', field, () => this.form.retry())];
      case 'invalid': return [button(field.refused.answer.message, field, () => goTo(field.controls[0]))];
      default: return [];
    }
  }
}
