// Test Connection: saves first, sends one test event, shows the running time, can be cancelled, and marks its answer as
// outdated when the tested settings change.

const panel = document.getElementById('test-panel');
const start = document.getElementById('test-connection');
const stop = document.getElementById('cancel-test');
const said = document.getElementById('test-said');
const tested = ['url', 'headers']; // the fields whose change makes an answer outdated
let running = false;
let values = {}; // of the tested fields, when the test began

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

// words is a result for when no test was sent.
function words(kind, headline, text) {
  const box = element('div', { className: `result ${kind}` });
  box.append(element('h3', { textContent: headline }));
  if (text) box.append(element('p', { textContent: text }));
  return box;
}

// answer shows a result; a screen reader hears its first lines, once.
function answer(...content) {
  panel.replaceChildren(...content);
  const lines = [...panel.querySelectorAll('[data-said]')];
  said.textContent = lines.length
    ? lines.map((el) => el.textContent.trim().replace(/\.$/, '')).join('. ')
    : panel.textContent.trim();
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
    url.focus();
    return false;
  }
  if (await form.saveAll()) return true;
  const field = form.fields.find((f) => f.status !== 'clean');
  const reason = reasons[field?.status] ?? (() => `${field?.label ?? 'A field'} could not be saved.`);
  answer(words('warn', 'Nothing was sent', reason(field)));
  field?.controls[0].focus();
  return false;
}

async function send(form, signal) {
  const event = form.element.elements.test_event?.value ?? '';
  const response = await fetch(start.formAction,
    { method: 'POST', headers: { 'X-Fragment': 'true' }, body: new URLSearchParams({ test_event: event }), signal });
  const page = document.createElement('template');
  page.innerHTML = await response.text();
  answer(page.content);
}

// cancel asks the server, which then answers the test's request: a cancelled test is in the log. The request is cut from here
// only if the server knows no such test.
async function cancel(abort) {
  stop.setAttribute('aria-disabled', 'true');
  const response = await fetch(stop.dataset.cancel, { method: 'POST' }).catch(() => null);
  if (!response?.ok) abort.abort();
}

async function run(form) {
  if (running) return;
  running = true;
  start.setAttribute('aria-disabled', 'true');
  try {
    if (await ready(form)) await timed(form);
  } finally {
    start.removeAttribute('aria-disabled');
    running = false;
  }
}

// timed runs one test with the clock on the Cancel button.
async function timed(form) {
  const began = performance.now();
  const seconds = () => Math.floor((performance.now() - began) / 1000);
  const tick = () => { stop.textContent = `Cancel · ${seconds()} s`; };
  const clock = setInterval(tick, 1000);
  const abort = new AbortController();
  values = Object.fromEntries(tested.map((name) => [name, form.field(name).value]));
  stop.onclick = () => cancel(abort);
  stop.removeAttribute('aria-disabled');
  tick();
  stop.hidden = false;
  panel.replaceChildren(words('busy', 'Sending one test event…'));
  said.textContent = 'Sending one test event';
  try {
    await send(form, abort.signal);
  } catch {
    answer(abort.signal.aborted
      ? words('warn', `Cancelled by you after ${seconds()} s; your endpoint may have received it`)
      : words('bad', 'The test could not be started', 'Is this server still running, and are you online?'));
  } finally {
    clearInterval(clock);
    if (document.activeElement === stop) start.focus();
    stop.hidden = true;
  }
}

// markStale compares the fields with the settings that were tested.
function markStale(form, saved) {
  const mark = panel.querySelector('[data-stale]');
  if (!mark) return;
  const newer = tested.includes(saved?.field) && saved.version > Number(mark.closest('[data-version]').dataset.version);
  if (newer) values = {};
  mark.hidden = !newer && tested.every((name) => values[name] === form.field(name).value);
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
    control.focus();
    control.setSelectionRange(control.value.length, control.value.length);
    return;
  }
  control.focus();
  at = Math.max(at, 0);
  const before = lines.slice(0, at).join('\n').length + (at && 1);
  const value = lines[at].indexOf(':') + 1;
  const gap = lines[at].slice(value).search(/\S|$/);
  control.setSelectionRange(before + value + gap, before + lines[at].length);
}

export function testConnection(form) {
  const headers = document.getElementById('custom-headers');
  start.addEventListener('click', (e) => { e.preventDefault(); run(form); });
  // The press must not take the focus: leaving a field saves it, and the texts that then appear above would move the button
  // away from the pointer before it is released.
  start.addEventListener('mousedown', (e) => e.preventDefault());
  form.element.addEventListener('input', () => markStale(form));
  form.element.addEventListener('webhook:saved', (e) => markStale(form, e.detail));
  panel.addEventListener('click', (e) => {
    const { addHeader, editHeader } = e.target.closest('button')?.dataset ?? {};
    if (addHeader || editHeader) goToHeader(headers, addHeader ?? editHeader, Boolean(addHeader));
  });
}
