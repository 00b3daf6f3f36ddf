// A form whose fields save themselves (field.js). It owns what they share: the numbers of their requests, the retries
// after a failure, the texts beside the fields and the save state, and what happens when the page is left or the
// settings are changed elsewhere.
import { Field } from './field.js';
import { onNews } from './live.js';
import { SaveState } from './savestate.js';
import { signInAgain } from './signinagain.js';

const backoff = [5, 10, 20, 40, 60]; // seconds between tries
const atRisk = ['conflict', 'failed', 'signedout', 'denied', 'invalid']; // unsaved: leaving the page would lose it

class Form {
  attempts = 0; // tries in a row that failed
  sent = 0; // requests of this page
  runs = 0; // edits of this page
  undoable = null; // the field whose edit was saved last and may be undone

  constructor(element) {
    this.element = element;
    this.url = element.dataset.save;
    this.undoUrl = element.dataset.undo;
    this.version = element.elements.version.value;
    this.tab = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('');
    this.state = new SaveState(document.getElementById('save-state'), document.getElementById('save-said'), this);
    this.fields = [...element.querySelectorAll('[data-field]')].map((box) => new Field(box, this));
    element.addEventListener('keydown', (e) => this.enter(e));
    element.addEventListener('submit', (e) => e.submitter?.hasAttribute('formaction') || e.preventDefault());
    if (element.hasAttribute('data-unsaved')) this.fields.forEach((f) => { f.saved = undefined; });
    this.fields.filter((f) => f.dirty).forEach((f) => f.edited()); // typed before this script was loaded
    this.watchThePage();
    onNews(() => this.hear(), 500);
  }

  // watchThePage saves when the page is left, and continues when the page, the connection or the session is back.
  watchThePage() {
    addEventListener('pagehide', () => this.leave());
    addEventListener('beforeunload', (e) => { this.leave(); if (this.losing()) e.preventDefault(); });
    document.addEventListener('visibilitychange', () => document.hidden && this.leave());
    addEventListener('pageshow', (e) => e.persisted && this.retry());
    addEventListener('online', () => this.retry());
    addEventListener('offline', () => this.update());
    addEventListener('focus', () => this.fields.some((f) => f.failure === 'signedout') && this.retry());
    addEventListener('pointerdown', () => { this.pressed = true; }, true);
    addEventListener('pointerup', () => setTimeout(() => this.released()), true);
    addEventListener('pointercancel', () => this.released(), true);
  }

  field(name) { return this.fields.find((f) => f.name === name); }

  // nextSeq and nextRun let the server see which of our requests is newer, and which belong to one edit.
  nextSeq() { return ++this.sent; }

  nextRun() { return ++this.runs; }

  // saveAll resolves to whether everything in the form is saved.
  async saveAll() {
    const all = await Promise.all(this.fields.map((f) => f.flush()));
    this.fields.forEach((f) => f.judge());
    return all.every(Boolean);
  }

  // enter saves; the browser would press the first button of the form instead.
  enter(event) {
    if (event.key !== 'Enter' || !event.target.matches('input') || event.isComposing) return;
    event.preventDefault();
    this.fields.find((f) => f.box.contains(event.target))?.left();
  }

  leave() { this.fields.forEach((f) => f.leave()); }

  losing() {
    return this.fields.some((f) => atRisk.includes(f.status) || (!navigator.onLine && f.status !== 'clean'));
  }

  saved(answer, undoable) {
    this.savedAt = new Date(answer.at);
    this.undoable = undoable;
    this.element.dispatchEvent(new CustomEvent('webhook:saved', { detail: answer }));
  }

  // say puts texts beside the fields. Unchanged texts are left alone, because a button in one may have the focus. Nothing
  // moves while the pointer is down: what is being pressed must still be there when it is released.
  say(notes = {}) {
    if (this.pressed) {
      this.unsaid = { ...this.unsaid, ...notes };
      return;
    }
    for (const [id, html] of Object.entries(notes)) {
      const place = document.getElementById(id);
      if (place && place.words !== html) place.innerHTML = place.words = html;
    }
  }

  released() {
    this.pressed = false;
    this.say(this.unsaid);
    this.unsaid = undefined;
  }

  // hear asks what others have changed; a field that is being edited shows it when the person leaves the field.
  async hear() {
    const news = await fetch(this.url)
      .then((response) => response.ok && !response.redirected && response.json())
      .catch(() => null); // the server, or the page, is going away
    if (!news) return;
    this.news = news;
    this.say(news.notes);
    this.catchUp();
  }

  catchUp() {
    Object.entries(this.news?.fields ?? {}).forEach(([name, news]) => this.field(name)?.changed(news, this.news.version));
    this.update();
  }

  async undo() {
    const field = this.undoable;
    this.undoable = null;
    await field.undo();
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
    this.stopCounting();
    this.fields.forEach((f) => f.flush());
  }

  async signIn() { if (await signInAgain()) this.retry(); }

  stopCounting() {
    clearInterval(this.countdown);
    this.countdown = null;
  }

  update() {
    if (this.countdown && !this.fields.some((f) => f.failure === 'failed')) this.stopCounting();
    this.state.show();
  }
}

export const autosave = (element) => new Form(element);
