// The palette: finds bots, pages and deliveries while one types. The arrow keys choose, Enter opens. What may be found the
// server says, for each role.
import { makeDialog, show } from './dialog.js';
import { fragment } from './live.js';

const pause = 120;
const dialog = makeDialog('palette', 'Search');
dialog.innerHTML = `<div class="ask"><input class="input" role="combobox" aria-label="Search bots, pages and IDs" aria-expanded="true"
  aria-controls="palette-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="200"
  placeholder="Search bots, pages and IDs"><button type="button" class="btn" data-variant="outline" data-size="sm">Close</button></div>
  <div id="palette-list" role="listbox" aria-label="Results"></div><p class="unseen" role="status"></p>`;
const box = dialog.querySelector('input');
const list = dialog.querySelector('[role=listbox]');
const said = dialog.querySelector('[role=status]');
const options = () => [...list.querySelectorAll('[role=option]')];
const chosen = () => list.querySelector('[aria-selected=true]');
let timer;
let asked = 0;

function choose(option) {
  chosen()?.setAttribute('aria-selected', 'false');
  option?.setAttribute('aria-selected', 'true');
  if (!option) return box.removeAttribute('aria-activedescendant');
  box.setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({ block: 'nearest' });
}

function walk(step) {
  const all = options();
  if (all.length > 0) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
}

function address() {
  const here = /^\/bots\/([0-9a-f-]{36})/.exec(location.pathname)?.[1];
  return `/find?${new URLSearchParams({ q: box.value.trim(), ...(here && { bot: here }) })}`;
}

// find asks for what is typed. An answer that another key has overtaken is dropped.
async function find() {
  const mine = ++asked;
  clearTimeout(timer);
  timer = undefined;
  let news;
  try {
    news = await fragment(address());
  } catch {
    news = Object.assign(document.createElement('p'), { className: 'hint', textContent: 'Nothing could be searched. Are you online and signed in?' });
  }
  if (mine !== asked) return;
  list.replaceChildren(news);
  choose(options()[0]);
  said.textContent = options().length === 1 ? '1 result' : `${options().length} results`;
}

box.addEventListener('input', () => {
  asked += 1; // what is on its way is old now
  clearTimeout(timer);
  timer = setTimeout(find, pause);
});

// Enter waits for what was typed: the list may still be that of fewer letters.
async function enter() {
  if (timer) await find();
  chosen()?.click();
}

dialog.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) walk(step);
  else if (event.key === 'Enter' && event.target === box && !event.isComposing) enter();
  else return;
  event.preventDefault();
});

list.addEventListener('pointermove', (event) => {
  const option = event.target.closest('[role=option]');
  if (option && option !== chosen()) choose(option);
});
list.addEventListener('click', (event) => { if (event.target.closest('[role=option]')) dialog.close(); });
dialog.querySelector('button').addEventListener('click', () => dialog.close());

// open shows it with what was typed meanwhile. The server's answer does not hold it up.
export function open(typed) {
  box.value = typed;
  list.replaceChildren();
  show(dialog);
  box.focus();
  find();
}
