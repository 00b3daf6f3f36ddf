// Keys of the log: J and K walk the rows, "/" goes to the search. Enter is that of a link.
import { single } from './keys.js';

const links = () => [...document.querySelectorAll('#rows > tr > td a')].filter((a, i, all) => all.findIndex((b) => b.closest('tr') === a.closest('tr')) === i);

function walk(step) {
  const all = links();
  const at = all.findIndex((link) => link.closest('tr').contains(document.activeElement));
  const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(at + step, all.length - 1));
  all[to]?.focus();
}

document.addEventListener('keydown', (event) => {
  if (!single(event)) return;
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  const search = document.querySelector('#filter input[type=search]');
  if (step && document.getElementById('drawer').hidden) walk(step);
  else if (event.key === '/' && search) {
    for (let d = search.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
    search.focus();
    search.select();
  } else return;
  event.preventDefault();
});
