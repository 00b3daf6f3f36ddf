// The settings page: fields that save themselves, Test Connection, and the buttons in texts that lead to fields.
import { autosave } from './autosave.js';
import { testConnection } from './testconnection.js';
import { readPastes } from './urlpaste.js';
import './leadkey.js';
import './secret.js';
import './parts.js';

const form = autosave(document.getElementById('webhook'));
testConnection(form);
readPastes(document.getElementById('webhook-url'), document.getElementById('url-pasted'), form.field('url'));

// put fills a field as if a person had typed, and saves at once.
function put(control, value) {
  control.value = value;
  control.focus();
  control.dispatchEvent(new Event('input', { bubbles: true }));
  form.fields.find((f) => f.box.contains(control)).left();
}

document.addEventListener('click', (event) => {
  const { useUrl, focus, clear, dismiss } = event.target.closest('button')?.dataset ?? {};
  if (useUrl !== undefined) {
    event.preventDefault();
    put(document.getElementById('webhook-url'), useUrl);
  } else if (focus !== undefined) {
    document.querySelector(focus).focus();
  } else if (clear !== undefined) {
    put(document.querySelector(clear), '');
  } else if (dismiss !== undefined) {
    document.querySelector(dismiss).replaceChildren();
  }
});

// During the quiet time after an edit one line says so; afterwards it is replaced by the line below.
const enabled = document.getElementById('enabled-note');
let over;
const settle = () => {
  const line = enabled.querySelector('[data-for-ms]');
  clearTimeout(over);
  if (line) over = setTimeout(() => line.remove(), Number(line.dataset.forMs));
};
new MutationObserver(settle).observe(enabled, { childList: true });
settle();
