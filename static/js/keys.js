// Keyboard shortcuts of every page, and links with data-open="module", which open a dialog instead of the page that they lead to.
// What a dialog needs is loaded when it is opened first.
import { plain } from './list.js';

const off = 'iozen.single-keys';
const mac = navigator.platform.startsWith('Mac');
const typing = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]';

const stored = (read) => { try { return read(); } catch { return null; } }; // a browser may keep nothing
export const singleKeys = {
  get on() { return stored(() => localStorage.getItem(off)) !== 'off'; },
  set on(on) { stored(() => localStorage.setItem(off, on ? 'on' : 'off')); },
};

// single reports whether a key was pressed to act: alone, not while somebody types, and not over a dialog.
export const single = (event) => singleKeys.on && !event.isComposing && !event.defaultPrevented && !event.ctrlKey && !event.metaKey
  && !event.altKey && !event.target.closest?.(typing) && !document.querySelector(':modal, :popover-open');

// What is typed before a dialog is there goes into it.
let early = null;

async function open(name, otherwise) {
  if (early !== null) return;
  early = '';
  try {
    const { open: show } = await import(`./${name}.js`);
    const typed = early;
    early = null;
    await show(typed);
  } catch {
    early = null;
    location.assign(otherwise);
  }
}

const linkTo = (name) => document.querySelector(`a[data-open=${name}]`);

document.addEventListener('keydown', (event) => {
  if (early !== null && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    early += event.key;
    event.preventDefault();
    return;
  }
  const command = mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!linkTo('palette') || document.querySelector(':modal')) return; // nobody is signed in, or something asks already
  if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    open('palette', '/find');
  } else if (event.key === '?' && single(event)) {
    event.preventDefault();
    open('shortcuts', '/help/shortcuts');
  }
});

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-open]');
  if (!link || !plain(event)) return;
  event.preventDefault();
  open(link.dataset.open, link.href);
});

const hint = linkTo('palette')?.querySelector('kbd');
if (hint) hint.textContent = mac ? '⌘ K' : 'Ctrl K';
