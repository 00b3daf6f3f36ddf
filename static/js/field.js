// One field that saves itself: a box with data-field, whose controls are saved together, with the version that they
// were based on. Controls are never replaced: focus, caret and undo stay.
//
// At most one request is under way, and the latest value follows it. Requests are numbered: one that was given up, or sent
// while the page was left, may arrive after a later one, and the number shows the server that it is older.
import { chosen, Content, encoded } from './content.js';

const quiet = 800; // ms after the last key until a save
const patience = 3000; // ms without a key until an invalid text is reported
const giveUp = 10_000; // ms without an answer until a request counts as lost
const keepable = 60_000; // bytes of a request that may outlive its page; browsers allow 64 KiB

export class Field {
  failure = null; // 'failed', 'signedout' or 'denied'
  conflict = null; // the answer that reported it
  refused = null; // the answer to a value that cannot be saved, and that value
  shown = false; // the person has paused or left the field, so an invalid text may be reported

  constructor(box, form) {
    Object.assign(this, { box, form, name: box.dataset.field, label: box.dataset.label, base: form.version, run: form.nextRun() });
    this.content = new Content(box);
    this.saved = this.content.initial;
    this.note = box.querySelector('.note');
    this.goodWords = this.note?.innerHTML;
    box.addEventListener('input', (e) => this.edited(chosen(e)));
    box.addEventListener('focusout', (e) => box.contains(e.relatedTarget) || this.left());
  }

  get controls() { return this.content.controls; }

  get value() { return this.content.value; }

  get dirty() { return this.value !== this.saved && this.value !== this.refused?.value; }

  // hold delays saving until the promise is settled: the field's new content is still being read.
  async hold(promise) {
    this.held = promise;
    this.form.update();
    await promise;
    this.held = null;
    if (!this.box.contains(document.activeElement)) this.left();
    this.form.update();
  }

  get status() {
    if (this.conflict) return 'conflict';
    if (this.failure) return this.failure;
    if (this.value === this.refused?.value) return this.shown ? 'invalid' : 'editing';
    if (this.sending !== undefined) return 'saving';
    if (this.held) return 'editing';
    return this.value === this.saved ? 'clean' : 'editing';
  }

  get inUse() { return document.hasFocus() && this.box.contains(document.activeElement); }

  edited(byChoice) {
    this.shown = false;
    if (byChoice || !this.staying) this.run = this.form.nextRun(); // each choice is an edit, and so is each stay in a text
    this.staying = true;
    this.form.undoable = null;
    clearTimeout(this.timer);
    clearTimeout(this.verdict);
    this.timer = setTimeout(() => this.flush(), byChoice ? 0 : quiet);
    this.verdict = setTimeout(() => this.judge(), patience);
    this.form.update();
  }

  // left: the focus has moved elsewhere, on this page or not. Coming back from another window is not a new edit.
  left() {
    this.judge();
    const saved = this.flush();
    if (!this.box.contains(document.activeElement)) this.staying = false;
    this.form.catchUp();
    return saved;
  }

  // flush saves until the field's content is saved or refused, and returns whether it is saved. While keys are pressed it
  // pauses: the timer calls it again.
  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    this.flushing ??= this.saveLatest().finally(() => { this.flushing = null; this.form.update(); });
    return this.flushing;
  }

  async saveLatest() {
    await this.held;
    while (this.dirty && !this.conflict && !this.timer) {
      await this.send(this.value);
      if (this.failure) return false;
    }
    if (this.value === this.saved && this.refused) this.accepted({});
    return this.value === this.saved;
  }

  async send(value) {
    this.failure = null;
    this.sending = value;
    this.form.update();
    try {
      const response = await this.post(this.form.url, new URLSearchParams(value));
      if (response.status === 401) this.failed('signedout');
      else if (response.status === 403 || response.status === 404) this.failed('denied');
      else if (response.status === 413) this.heard(value, this.tooLong());
      else if (![200, 409, 422].includes(response.status)) this.failed('failed');
      else this.heard(value, await response.json());
    } catch {
      this.failed('failed');
    } finally {
      this.sending = undefined;
    }
  }

  post(url, body) {
    const about = { field: this.name, base: this.base, tab: this.form.tab, seq: this.form.nextSeq(), run: this.run };
    Object.entries(about).forEach(([name, value]) => body.set(name, value));
    return fetch(url, {
      method: 'POST', body, keepalive: body.toString().length < keepable, signal: AbortSignal.timeout(giveUp),
    });
  }

  heard(value, answer) {
    this.form.attempts = 0;
    if (answer.state === 'saved') {
      this.base = answer.version;
      this.saved = value;
      this.accepted(answer);
      this.form.saved(answer, answer.undo && this.value === value ? this : null);
      return;
    }
    if (answer.state === 'conflict') this.disagree(answer);
    else this.refused = { value, answer };
    if (this.shown) this.judge();
  }

  // tooLong stands for an answer: of so long a form the server reads nothing, not even which field it is.
  tooLong() {
    const notes = this.note && { [this.note.id]: '<p class="err">It is far too long to be saved.</p>' };
    return { state: 'invalid', message: this.box.dataset.label + ' not saved: it is far too long', notes };
  }

  failed(how) {
    this.failure = how;
    if (how === 'failed') this.form.retryLater();
  }

  // accepted clears an older error of the field.
  accepted({ notes }) {
    this.refused = null;
    this.controls[0].removeAttribute('aria-invalid');
    this.goodWords = notes?.[this.note?.id] ?? this.goodWords;
    this.form.say({ ...notes, ...(this.note && { [this.note.id]: this.goodWords }) });
  }

  // judge shows what is wrong with the field, if anything.
  judge() {
    clearTimeout(this.verdict);
    this.shown = true;
    if (this.refused?.value === this.value) {
      this.controls[0].setAttribute('aria-invalid', 'true');
      this.form.say(this.refused.answer.notes);
    }
    this.form.update();
  }

  // disagree: somebody else has changed the field. Both values stand below it until one is chosen.
  disagree(answer) {
    this.conflict = answer;
    const place = this.box.querySelector('.conflict');
    place.innerHTML = answer.conflict;
    place.hidden = false;
    place.querySelector('[data-keep]').onclick = () => this.keepMine();
    place.querySelector('[data-take]').onclick = () => this.useTheirs();
  }

  agree() {
    const place = this.box.querySelector('.conflict');
    if (place.contains(document.activeElement)) this.controls[0].focus();
    place.hidden = true;
    place.replaceChildren();
    this.conflict = null;
  }

  keepMine() {
    this.base = this.conflict.version;
    this.saved = undefined; // theirs stands there now: mine goes out even if it is what was saved before
    this.agree();
    return this.flush();
  }

  useTheirs() {
    const theirs = this.conflict;
    this.agree();
    this.take(theirs);
    this.form.update();
  }

  // take puts the saved content into the field, with the texts that belong to it.
  take({ theirs, version, notes }) {
    this.content.put(theirs);
    Object.assign(this, { base: version, saved: this.value });
    this.accepted({ notes });
  }

  // undo asks for the field's content before the edit that was saved last. What is typed meanwhile stays.
  async undo() {
    const value = this.value;
    Object.assign(this, { run: this.form.nextRun(), staying: false });
    const response = await this.post(this.form.undoUrl, new URLSearchParams()).catch(() => null);
    if (!response?.ok) return this.form.hear();
    const answer = await response.json();
    if (this.value === value) this.take(answer);
    else Object.assign(this, { base: answer.version, saved: undefined });
    this.form.saved(answer, null);
    return this.form.update();
  }

  // changed shows what was saved elsewhere, unless somebody is editing here: then the next save finds the conflict. ioZen
  // may also have switched the webhook off, without a new version.
  changed(news, current) {
    const turned = this.content.isSwitch && current >= this.base && encoded(news.theirs) !== this.saved;
    if (news.version <= this.base && !turned) return;
    if (this.inUse || this.dirty || this.sending !== undefined || this.conflict || this.refused || this.held) return;
    this.take(news);
  }

  // leave sends what is not saved, because the page may be going away. It does not wait for a request under way.
  leave() {
    const overtakes = this.sending !== undefined && ![this.sending, this.parting].includes(this.value);
    if (this.dirty && !this.conflict && overtakes) {
      this.parting = this.value;
      this.post(this.form.url, new URLSearchParams(this.value)).catch(() => {});
    }
    this.flush();
  }
}
