// The list of shortcuts, in a dialog and on its page of the help.
import { makeDialog, show } from './dialog.js';
import { singleKeys } from './keys.js';
import { fragment } from './live.js';

function ready(root) {
  const choice = root.querySelector('[data-single-keys]');
  if (!choice) return;
  const box = choice.querySelector('input');
  box.checked = singleKeys.on;
  box.addEventListener('change', () => { singleKeys.on = box.checked; });
  choice.hidden = false;
}

let dialog;

export async function open() {
  const keys = await fragment('/help/shortcuts');
  dialog ??= makeDialog('palette keys-list', 'Keyboard shortcuts');
  const close = Object.assign(document.createElement('button'), { type: 'button', className: 'btn', textContent: 'Close', autofocus: true });
  close.dataset.variant = 'outline';
  close.addEventListener('click', () => dialog.close());
  const title = Object.assign(document.createElement('h1'), { textContent: 'Keyboard shortcuts' });
  dialog.replaceChildren(title, keys, close);
  ready(dialog);
  show(dialog);
}

ready(document);
