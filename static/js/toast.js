// Toasts: what an act has done, in the corner, with Undo where it can be taken back. Without JavaScript the same words stand
// at the top of the page that the act led to ([data-flash]); here they move into the corner and are read out.

const lasts = 8_000;
const lastsWithUndo = 30_000; // as long as the server lets it be taken back
const icons = { ok: 'm4 8.5 3 3 5.5-7', other: 'M8 4v5m0 2.5v.01' };
let corner;

function place() {
  if (corner) return corner;
  corner = document.createElement('div');
  corner.className = 'toasts';
  corner.setAttribute('aria-live', 'polite');
  corner.setAttribute('role', 'log'); // a name needs a role
  corner.setAttribute('aria-label', 'What was done');
  document.body.append(corner);
  return corner;
}

function icon(kind) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', icons[kind] ?? icons.other);
  svg.append(path);
  return svg;
}

// leave takes a toast away after its time; not while somebody is at it.
function leave(box, ms) {
  let timer = setTimeout(() => box.remove(), ms);
  const stay = () => clearTimeout(timer);
  const go = () => { stay(); timer = setTimeout(() => box.remove(), lasts); };
  box.addEventListener('pointerenter', stay);
  box.addEventListener('focusin', stay);
  box.addEventListener('pointerleave', go);
  box.addEventListener('focusout', go);
}

// toast says something. action is an element that acts on it, such as a form with an Undo button.
function toast(text, { kind = 'ok', action } = {}) {
  const box = document.createElement('div');
  box.className = `toast ${kind}`;
  const words = document.createElement('p');
  words.textContent = text;
  const close = Object.assign(document.createElement('button'), { type: 'button', className: 'btn', textContent: '×' });
  close.setAttribute('aria-label', 'Close');
  close.addEventListener('click', () => box.remove());
  box.append(icon(kind), words, ...(action ? [action] : []), close);
  place().append(box);
  leave(box, action ? lastsWithUndo : lasts);
}

// What stands on the page from the start is no news to a screen reader: it comes a moment later. A part of a page that is
// added later may bring more.
function lift() {
  for (const said of document.querySelectorAll('[data-flash]')) {
    const kind = ['ok', 'warn', 'bad'].find((k) => said.classList.contains(k));
    if (kind === 'bad') continue; // what went wrong stays where it is
    place();
    said.remove();
    setTimeout(() => toast(said.querySelector('p').textContent, { kind, action: said.querySelector('form') }), 100);
  }
}
lift();
new MutationObserver(lift).observe(document.body, { childList: true, subtree: true });

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && corner?.contains(document.activeElement)) document.activeElement.closest('.toast')?.remove();
});
