// Fields that save themselves. A box with data-field holds the controls of one field; it is saved by itself, with
// the version that it was based on. Controls are never replaced: focus, caret and undo stay.
//
// One request per field is under way at most and the latest value follows it, so keystrokes arrive in order. A
// request whose fate is unknown (a lost connection, a page left) is named in the next one as "sent": the server
// can then tell our own earlier value from somebody else's change.
import { SaveState } from './savestate.js';

const quiet = 800; // ms after the last key until a save
const patience = 3000; // ms without a key until an invalid text is called so
const backoff = [5, 10, 20, 40, 60]; // seconds between tries

const isChoice = (el) => el.type === 'checkbox' || el.type === 'radio';

class Field {
  failure = null; // 'failed' or 'signedout'
  conflict = null; // the answer that told of it
  refused = null; // the answer to a value that cannot be saved, and that value
  shown = false; // the writer has paused or left: an invalid text may be called so

  constructor(box, form) {
    Object.assign(this, { box, form, name: box.dataset.field, label: box.dataset.label, base: form.version });
    this.note = box.querySelector('.note');
    this.goodWords = this.note?.innerHTML;
    this.saved = this.value;
    box.addEventListener('input', (e) => this.edited(isChoice(e.target) ? 0 : quiet));
    box.addEventListener('focusout', (e) => box.contains(e.relatedTarget) || this.left());
  }

  get controls() { return [...this.box.querySelectorAll('input, textarea')]; }

  // value is what a form would send of the box.
  get value() {
    const kept = this.controls.filter((el) => el.checked || !isChoice(el));
    return new URLSearchParams(kept.map((el) => [el.name, el.value])).toString();
  }

  get dirty() { return this.value !== this.saved && this.value !== this.refused?.value; }

  get status() {
    if (this.conflict) return 'conflict';
    if (this.failure) return this.failure;
    if (this.value === this.refused?.value) return this.shown ? 'invalid' : 'editing';
    if (this.sending !== undefined) return 'saving';
    return this.value === this.saved ? 'clean' : 'editing';
  }

  edited(wait) {
    this.shown = false;
    clearTimeout(this.timer);
    clearTimeout(this.verdict);
    this.timer = setTimeout(() => this.flush(), wait);
    this.verdict = setTimeout(() => this.judge(), patience);
    this.form.update();
  }

  left() {
    this.flush();
    this.judge();
  }

  // flush saves until what stands in the field is saved, or cannot be, and tells whether it is. While keys are
  // pressed it pauses: the timer comes back.
  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    this.flushing ??= this.saveLatest().finally(() => { this.flushing = null; this.form.update(); });
    return this.flushing;
  }

  async saveLatest() {
    while (this.dirty && !this.conflict && !this.timer) {
      if (!await this.send(this.value)) return false;
    }
    if (this.value === this.saved && this.refused) this.accepted({});
    return this.value === this.saved;
  }

  async send(value) {
    this.failure = null;
    this.sending = value;
    this.form.update();
    try {
      const response = await this.post(value, this.unheard);
      if (response.status === 401) return this.failed('signedout');
      if (![200, 409, 422].includes(response.status)) return this.failed('failed');
      this.unheard = undefined;
      return this.heard(value, await response.json());
    } catch {
      this.unheard = value;
      return this.failed('failed');
    } finally {
      this.sending = undefined;
    }
  }

  post(value, sent) {
    const body = new URLSearchParams(value);
    body.set('field', this.name);
    body.set('base', this.base);
    if (sent !== undefined) body.set('sent', sent);
    return fetch(this.form.url, { method: 'POST', body, keepalive: true });
  }

  heard(value, answer) {
    this.form.attempts = 0;
    if (answer.state === 'saved') {
      this.base = answer.version;
      this.saved = value;
      this.accepted(answer);
      this.form.saved(answer);
      return true;
    }
    if (answer.state === 'conflict') this.conflict = answer;
    else this.refused = { value, answer };
    if (this.shown) this.judge();
    return false;
  }

  failed(how) {
    this.failure = how;
    this.form.retryLater();
    return false;
  }

  // accepted: an older complaint about the field is over.
  accepted({ notes }) {
    this.refused = null;
    this.controls[0].removeAttribute('aria-invalid');
    this.goodWords = notes?.[this.note?.id] ?? this.goodWords;
    this.form.say({ ...notes, ...(this.note && { [this.note.id]: this.goodWords }) });
  }

  // judge shows what is wrong with the field, if something is.
  judge() {
    clearTimeout(this.verdict);
    this.shown = true;
    if (this.refused?.value === this.value) {
      this.controls[0].setAttribute('aria-invalid', 'true');
      this.form.say(this.refused.answer.notes);
    }
    this.form.update();
  }

  keepMine() {
    this.base = this.conflict.version;
    this.conflict = null;
    this.flush();
  }

  useTheirs() {
    const { theirs, version, notes } = this.conflict;
    for (const el of this.controls) {
      const values = theirs.filter(([name]) => name === el.name).map(([, value]) => value);
      if (isChoice(el)) el.checked = values.includes(el.value);
      else el.value = values[0] ?? '';
    }
    Object.assign(this, { conflict: null, base: version, saved: this.value });
    this.accepted({ notes });
    this.form.update();
  }

  // leave sends what is not saved while the page goes away; nobody will hear the answer.
  leave() {
    clearTimeout(this.timer);
    this.timer = null;
    const value = this.value;
    if (!this.dirty || this.conflict || value === this.sending) return;
    this.post(value, this.sending ?? this.unheard).catch(() => {});
    this.unheard = value;
  }
}

class Form {
  attempts = 0; // tries in a row that failed

  constructor(element) {
    this.element = element;
    this.url = element.dataset.save;
    this.version = element.elements.version.value;
    this.state = new SaveState(document.getElementById('save-state'), this);
    this.fields = [...element.querySelectorAll('[data-field]')].map((box) => new Field(box, this));
    element.addEventListener('keydown', (e) => this.enter(e));
    element.addEventListener('submit', (e) => e.submitter?.hasAttribute('formaction') || e.preventDefault());
    addEventListener('pagehide', () => this.leave());
    addEventListener('pageshow', (e) => e.persisted && this.retry());
    document.addEventListener('visibilitychange', () => document.hidden && this.leave());
    addEventListener('online', () => this.retry());
    addEventListener('offline', () => this.update());
    addEventListener('focus', () => this.fields.some((f) => f.failure === 'signedout') && this.retry());
    addEventListener('beforeunload', (e) => this.fields.some((f) => ['conflict', 'failed', 'signedout', 'invalid'].includes(f.status)) && e.preventDefault());
  }

  field(name) { return this.fields.find((f) => f.name === name); }

  // saveAll resolves to whether everything that stands in the form is saved.
  async saveAll() {
    const all = await Promise.all(this.fields.map((f) => f.flush()));
    this.fields.forEach((f) => f.judge());
    return all.every(Boolean);
  }

  // enter saves; the browser would press the first button instead, whatever that does.
  enter(event) {
    if (event.key !== 'Enter' || !event.target.matches('input') || event.isComposing) return;
    event.preventDefault();
    this.fields.find((f) => f.box.contains(event.target))?.left();
  }

  leave() { this.fields.forEach((f) => f.leave()); }

  saved(answer) {
    this.savedAt = new Date(answer.at);
    this.element.dispatchEvent(new CustomEvent('webhook:saved', { detail: answer }));
  }

  // say puts words beside the fields. What has not changed is left alone: a button in it may have the focus.
  say(notes = {}) {
    for (const [id, html] of Object.entries(notes)) {
      const place = document.getElementById(id);
      if (place && place.words !== html) place.innerHTML = place.words = html;
    }
  }

  retryLater() {
    if (this.countdown) return;
    this.left = backoff[Math.min(this.attempts++, backoff.length - 1)];
    this.countdown = setInterval(() => {
      if (--this.left <= 0 && navigator.onLine) this.retry();
      else this.update();
    }, 1000);
  }

  retry() {
    clearInterval(this.countdown);
    this.countdown = null;
    this.fields.forEach((f) => f.flush());
  }

  update() {
    if (this.countdown && !this.fields.some((f) => f.failure)) {
      clearInterval(this.countdown);
      this.countdown = null;
    }
    this.state.show();
  }
}

export const autosave = (element) => new Form(element);
