// The settings page: fields that save themselves, Test Connection, and the buttons in texts that lead to fields.
import { autosave } from './autosave.js';
import { formats } from './format.js';
import { goTo } from './goto.js';
import { steady } from './steady.js';
import { testConnection } from './testconnection.js';
import { tools } from './tools.js';
import { readPastes } from './urlpaste.js';
import './onlywhen.js';
import './parts.js';

const form = autosave(document.getElementById('webhook'));
testConnection(form);
steady(document.querySelector('.sub'));
tools(form);
formats(form);
readPastes(document.getElementById('webhook-url'), document.getElementById('url-pasted'), form.field('url'));

// put fills a field as if a person had typed, and saves at once.
function put(control, value) {
  control.value = value;
  goTo(control);
  control.dispatchEvent(new Event('input', { bubbles: true }));
  form.fields.find((f) => f.box.contains(control)).left();
}

document.addEventListener('click', (event) => {
  const { useUrl, focus, clear, dismiss, back } = event.target.closest('button')?.dataset ?? {};
  if (useUrl !== undefined) {
    event.preventDefault();
    put(document.getElementById('webhook-url'), useUrl);
  } else if (focus !== undefined) {
    goTo(document.querySelector(focus));
  } else if (clear !== undefined) {
    put(document.querySelector(clear), '');
  } else if (dismiss !== undefined) {
    document.querySelector(dismiss).replaceChildren();
    if (back) document.querySelector(back).focus();
  }
});

// While an edit settles, one line says so; the one below holds when the time is over. The picture above the form is asked for
// again then: nothing else tells that the time is over.
const enabled = document.getElementById('enabled-note');
let over;
const settle = () => {
  const line = enabled.querySelector('[data-for-ms]');
  clearTimeout(over);
  if (!line) return;
  over = setTimeout(() => {
    line.remove();
    document.dispatchEvent(new Event('live:news'));
  }, Number(line.dataset.forMs));
};
new MutationObserver(settle).observe(enabled, { childList: true });
settle();
