// Conditions: rows are shown and hidden, never made, so that the field that saves them keeps its controls. How many of the last
// events match is asked while typing, before anything is saved.
const pause = 300; // ms after the last key until the count is asked for

const box = document.querySelector('[data-count]');
const rows = [...box.querySelectorAll('.cond')];
const add = document.getElementById('only-add');
const count = document.getElementById('only-count');
let timer;
let asked = 0;

const parts = (row) => ({ field: row.querySelector('[name=only_field]'), op: row.querySelector('select'), value: row.querySelector('[name=only_value]') });
const filled = (row) => { const { field, value } = parts(row); return field.value !== '' || value.value !== ''; };

// arrange hides the rows that nobody needs yet, and values that a comparison does not take.
function arrange() {
  const last = rows.findLastIndex((row) => filled(row) || row.contains(document.activeElement));
  rows.forEach((row, i) => {
    row.hidden = i > Math.max(last, 0) && !row.opened;
    const { op, value } = parts(row);
    value.hidden = op.selectedOptions[0].hasAttribute('data-no-value');
  });
  add.disabled = rows.every((row) => !row.hidden);
}

async function ask() {
  const mine = ++asked;
  const typed = new URLSearchParams([...box.elements].filter((el) => el.name && (el.type !== 'radio' || el.checked)).map((el) => [el.name, el.value]));
  const response = await fetch(box.dataset.count, { method: 'POST', headers: { 'X-Fragment': 'true' }, body: typed }).catch(() => null);
  if (mine !== asked) return;
  count.innerHTML = response?.status === 200 && !response.redirected ? await response.text() : '';
}

function changed() {
  arrange();
  rows.map(parts).filter(({ value }) => value.hidden).forEach(({ value }) => { value.value = ''; });
  count.replaceChildren();
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
}

box.addEventListener('input', changed);
box.addEventListener('field:put', changed);
add.addEventListener('click', () => {
  const row = rows.find((one) => one.hidden);
  row.opened = true;
  arrange();
  parts(row).field.focus();
});

// Removing moves the rows below up: the first rows are those in use.
box.addEventListener('click', (event) => {
  const at = rows.indexOf(event.target.closest('[data-remove]')?.closest('.cond'));
  if (at < 0) return;
  rows.slice(at).forEach((row, i) => {
    const next = rows[at + i + 1];
    Object.entries(parts(row)).forEach(([name, el]) => { el.value = next ? parts(next)[name].value : el.options?.[0].value ?? ''; });
    row.opened = next?.opened ?? false;
  });
  arrange();
  parts(rows[Math.max(0, at - 1)]).field.focus();
  rows[0].dispatchEvent(new Event('input', { bubbles: true }));
});
arrange();
