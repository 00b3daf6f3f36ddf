// Test Connection: saves first, sends one test event, shows the running time, can be cancelled, and marks its
// answer when what was tested has changed since.
import { goTo } from './goto.js';

const panel = document.getElementById('test-panel');
const start = document.getElementById('test-connection');
const stop = document.getElementById('cancel-test');
const said = document.getElementById('test-said');
const brief = document.getElementById('test-brief');
const tested = ['url', 'headers']; // the fields whose change makes an answer old
const doubleClick = 500; // ms in which a second press still means the button that was there before
let running = false;
let values = {}; // of the tested fields, when the test began

const element = (tag, properties, ...content) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...content);
  return made;
};

// words is a result for when no test was sent.
function words(kind, headline, text) {
  const box = element('div', { className: `result ${kind}` });
  const lines = element('div', { className: 'grow' }, element('h3', { textContent: headline }));
  if (text) lines.append(element('p', { className: 'small', textContent: text }));
  box.append(element('div', { className: 'verdict' }, element('span', { className: 'mark-icon' }), lines));
  box.dataset.brief = headline;
  return box;
}

// answer shows a result; a screen reader hears its first lines, once.
function answer(...content) {
  panel.replaceChildren(...content);
  brief.textContent = panel.querySelector('[data-brief]')?.dataset.brief ?? '';
  brief.className = `show-s ${panel.querySelector('.result')?.classList[1] ?? ''}`;
  const lines = [...panel.querySelectorAll('[data-said]')];
  said.textContent = lines.length
    ? lines.map((el) => el.textContent.trim().replace(/\.$/, '')).join('. ')
    : panel.textContent.trim();
}

// show scrolls an answer into view, as much of it as there is room for, but its verdict always.
function show() {
  panel.scrollIntoView({ block: 'nearest' });
  panel.querySelector('.verdict')?.scrollIntoView({ block: 'nearest' });
}

// reasons say why a field keeps the test from being sent.
const reasons = {
  invalid: (f) => `${f.refused.answer.message}.`,
  conflict: (f) => `${f.conflict.message}. Choose which one to keep.`,
  signedout: () => 'Sign in again first. Nothing you typed is lost.',
};

// ready returns whether a test can be sent, and otherwise goes to the field that prevents it.
async function ready(form) {
  const url = form.field('url').controls[0];
  if (url.value.trim() === '') {
    answer(words('warn', 'Enter a Webhook URL first'));
    goTo(url);
    return false;
  }
  if (await form.saveAll()) return true;
  const field = form.fields.find((f) => f.status !== 'clean');
  const reason = reasons[field?.status] ?? (() => `${field?.label ?? 'A field'} could not be saved.`);
  answer(words('warn', 'Nothing was sent', reason(field)));
  if (field) goTo(field.controls[0]);
  return false;
}

async function send(form, sure, signal) {
  const event = form.element.elements.test_event?.value ?? '';
  const response = await fetch(start.formAction,
    { method: 'POST', headers: { 'X-Fragment': 'true' }, body: new URLSearchParams({ test_event: event, test_sure: sure }), signal });
  const page = document.createElement('template');
  page.innerHTML = await response.text();
  answer(page.content);
  show();
}

// cancel asks the server, which then answers the test's request: a cancelled test is in the log. The request is cut from here
// only if the server knows no such test.
async function cancel(abort) {
  stop.setAttribute('aria-disabled', 'true');
  const response = await fetch(stop.dataset.cancel, { method: 'POST' }).catch(() => null);
  if (!response?.ok) abort.abort();
}

// run makes a test. sure is the answer to the question that the one before was answered with: whose person may be sent.
async function run(form, sure = '') {
  if (running) return;
  running = true;
  start.setAttribute('aria-disabled', 'true');
  try {
    if (await ready(form)) await timed(form, sure);
  } finally {
    start.removeAttribute('aria-disabled');
    running = false;
  }
}

// turn shows one of the two buttons, in the same place. The focus stays there.
function turn(from, to) {
  const focused = document.activeElement === from;
  to.hidden = false;
  if (focused) to.focus();
  from.hidden = true;
}

// timed runs one test with the clock on the Cancel button.
async function timed(form, sure) {
  const began = performance.now();
  const passed = () => performance.now() - began;
  const seconds = () => Math.floor(passed() / 1000);
  const tick = () => { stop.textContent = `Cancel · ${seconds()} s`; };
  const clock = setInterval(tick, 1000);
  const abort = new AbortController();
  values = now(form);
  stop.onclick = () => { if (passed() > doubleClick) cancel(abort); };
  stop.removeAttribute('aria-disabled');
  tick();
  turn(start, stop);
  answer(words('busy', 'Sending one test event…', 'Waits up to 30 s, as real events do.'));
  said.textContent = 'Sending one test event';
  show();
  try {
    await send(form, sure, abort.signal);
  } catch {
    answer(abort.signal.aborted
      ? words('warn', `Cancelled by you after ${seconds()} s; your endpoint may have received it`)
      : words('bad', 'The test could not be started', 'Is this server still running, and are you online?'));
    show();
  } finally {
    clearInterval(clock);
    turn(stop, start);
  }
}

const now = (form) => Object.fromEntries(tested.map((name) => [name, form.field(name).value]));

// markStale compares what is in the fields with what was tested.
function markStale(form, saved) {
  const mark = panel.querySelector('[data-stale]');
  if (!mark) return;
  const newer = tested.includes(saved?.field) && saved.version > Number(mark.closest('[data-version]').dataset.version);
  if (newer) values = {};
  mark.hidden = !newer && tested.every((name) => values[name] === form.field(name).value);
  mark.closest('.result').classList.toggle('old', !mark.hidden);
  panel.querySelector('[data-current]')?.toggleAttribute('hidden', !mark.hidden);
}

// goToHeader selects the value in a header's line, so that typing replaces it; with add it adds a missing line.
function goToHeader(control, name, add) {
  const starts = (line) => line.trim().toLowerCase().startsWith(`${name.toLowerCase()}:`);
  const lines = control.value.split('\n');
  let at = lines.findIndex(starts);
  if (at < 0 && add) {
    const kept = control.value.trimEnd();
    control.value = `${kept}${kept && '\n'}${name}: `;
    control.dispatchEvent(new Event('input', { bubbles: true }));
    goTo(control);
    control.setSelectionRange(control.value.length, control.value.length);
    return;
  }
  goTo(control);
  at = Math.max(at, 0);
  const before = lines.slice(0, at).join('\n').length + (at && 1);
  const value = lines[at].indexOf(':') + 1;
  const gap = lines[at].slice(value).search(/\S|$/);
  control.setSelectionRange(before + value + gap, before + lines[at].length);
}

export function testConnection(form) {
  const headers = document.getElementById('custom-headers');
  if (panel.querySelector('[data-stale]')?.hidden) values = now(form); // the page came with the last answer, and it holds
  start.addEventListener('click', (e) => { e.preventDefault(); run(form); });
  // The press must not take the focus: leaving a field saves it, and the texts that then appear above would move the button
  // away from the pointer before it is released.
  start.addEventListener('mousedown', (e) => e.preventDefault());
  form.element.addEventListener('input', () => markStale(form));
  form.element.addEventListener('webhook:saved', (e) => markStale(form, e.detail));
  panel.addEventListener('click', (e) => {
    const { addHeader, editHeader, testSure } = e.target.closest('button')?.dataset ?? {};
    if (testSure) {
      e.preventDefault();
      start.focus();
      run(form, testSure);
    }
    if (addHeader || editHeader) goToHeader(headers, addHeader ?? editHeader, Boolean(addHeader));
  });
}
