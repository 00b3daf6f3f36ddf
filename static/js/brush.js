// Chooses a time on the chart: by drawing over it, or with its two sliders. The filter's From and Until are what it sets.
import { box } from './zone.js';

const plotOf = (target) => target.closest?.('.plot');
let from; // the column where the hand came down

const columns = (plot) => Number(plot.dataset.columns);

function columnAt(plot, x) {
  const { left, width } = plot.getBoundingClientRect();
  return Math.min(columns(plot), Math.max(0, Math.floor(((x - left) / width) * columns(plot))));
}

const momentOf = (plot, column) => new Date(new Date(plot.dataset.from).getTime() + column * plot.dataset.columnS * 1000);

function draw(plot, first, end) {
  plot.querySelector('.brush').removeAttribute('hidden');
  const rect = plot.querySelector('.brush rect');
  rect.setAttribute('x', first);
  rect.setAttribute('width', end - first);
  const [a, b] = plot.querySelectorAll('input');
  a.value = first;
  b.value = end;
  for (const slider of [a, b]) {
    slider.setAttribute('data-on', '');
    slider.setAttribute('aria-valuetext', momentOf(plot, slider.value).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }));
  }
}

function choose(plot, first, end) {
  const form = document.getElementById('filter');
  form.elements.from.value = first > 0 ? box(momentOf(plot, first)) : '';
  form.elements.to.value = end < columns(plot) ? box(momentOf(plot, end)) : '';
  document.dispatchEvent(new Event('log:filter'));
}

document.addEventListener('pointerdown', (event) => {
  const plot = plotOf(event.target);
  if (!plot || event.button || event.target.matches('input')) return;
  from = columnAt(plot, event.clientX);
  plot.setPointerCapture(event.pointerId);
  plot.dataset.busy = '';
  event.preventDefault();
});

function span(plot, x) {
  const to = columnAt(plot, x);
  return [Math.min(from, to), Math.min(columns(plot), Math.max(from, to) + 1)];
}

document.addEventListener('pointermove', (event) => {
  const plot = plotOf(event.target);
  if (plot && from !== undefined) draw(plot, ...span(plot, event.clientX));
});

document.addEventListener('pointerup', (event) => {
  const plot = plotOf(event.target);
  if (from === undefined) return;
  if (plot) {
    delete plot.dataset.busy;
    const [first, end] = span(plot, event.clientX);
    draw(plot, first, end);
    choose(plot, first, end);
  }
  from = undefined;
});

document.addEventListener('pointercancel', () => {
  from = undefined;
  document.querySelector('.plot')?.removeAttribute('data-busy');
});

const ends = (plot) => [...plot.querySelectorAll('input')].map((slider) => Number(slider.value));

// A slider never passes the other one.
document.addEventListener('input', (event) => {
  const plot = plotOf(event.target);
  if (!plot) return;
  const [a, b] = ends(plot);
  if (event.target.id === 'brush-from') draw(plot, Math.min(a, b - 1), b);
  else draw(plot, a, Math.max(b, a + 1));
});

document.addEventListener('change', (event) => {
  const plot = plotOf(event.target);
  if (plot) choose(plot, ...ends(plot));
});
