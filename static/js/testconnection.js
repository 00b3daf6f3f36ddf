// Test Connection: saves first, sends one test event, shows the running time, can be cancelled, and marks its
// answer when the settings have changed since.

const panel = document.getElementById('test-panel');
const start = document.getElementById('test-connection');
const stop = document.getElementById('cancel-test');
const said = document.getElementById('test-said');

const words = (kind, text) => {
  const box = Object.assign(document.createElement('div'), { className: `result ${kind}` });
  const head = Object.assign(document.createElement('h3'), { textContent: text });
  head.dataset.said = '';
  box.append(head);
  return box;
};

// answer shows a result and says its first lines to a screen reader.
function answer(...content) {
  panel.replaceChildren(...content);
  said.textContent = [...panel.querySelectorAll('[data-said]')].map((el) => el.textContent.trim()).join('. ');
}

// ready says whether there is something to test, and goes to the field that keeps it from being tested.
async function ready(form) {
  const url = form.field('url').controls[0];
  if (url.value.trim() === '') {
    answer(words('warn', 'Enter a Webhook URL first'));
    url.focus();
    return false;
  }
  if (await form.saveAll()) return true;
  answer(words('warn', 'Nothing was sent: save first'));
  form.fields.find((f) => f.status !== 'clean')?.controls[0].focus();
  return false;
}

async function send(signal) {
  const response = await fetch(start.formAction, { method: 'POST', headers: { 'HX-Request': 'true' }, signal });
  const page = document.createElement('template');
  page.innerHTML = await response.text();
  answer(page.content);
}

async function run(form) {
  if (start.getAttribute('aria-disabled') === 'true') return;
  start.setAttribute('aria-disabled', 'true');
  panel.replaceChildren();
  try {
    if (await ready(form)) await timed();
  } finally {
    start.removeAttribute('aria-disabled');
  }
}

// timed runs one test with the clock on the Cancel button.
async function timed() {
  const began = performance.now();
  const seconds = () => Math.floor((performance.now() - began) / 1000);
  const tick = () => { stop.textContent = `Cancel · ${seconds()} s`; };
  const clock = setInterval(tick, 1000);
  const abort = new AbortController();
  stop.onclick = () => abort.abort();
  tick();
  stop.hidden = false;
  try {
    await send(abort.signal);
  } catch {
    answer(abort.signal.aborted
      ? words('warn', `Cancelled by you after ${seconds()} s; your endpoint may have received it`)
      : words('bad', 'The test could not be started. Is this server still running, and are you online?'));
  } finally {
    clearInterval(clock);
    if (document.activeElement === stop) start.focus();
    stop.hidden = true;
  }
}

export function testConnection(form) {
  start.addEventListener('click', (e) => { e.preventDefault(); run(form); });
  form.element.addEventListener('input', () => document.getElementById('test-stale')?.removeAttribute('hidden'));
}
