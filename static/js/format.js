// The format of what an endpoint gets: fields are inserted by a click, and what comes of it is shown while one types. The
// picture is made by the code that makes the real bodies.
const pause = 300; // ms after the last key until the picture is asked for

// quoted says whether a place in a JSON text is inside a string.
const quoted = (text) => (text.match(/"(?:[^"\\]|\\.)*"?/g) ?? []).some((part, i, all) => i === all.length - 1 && text.endsWith(part) && !/^"(?:[^"\\]|\\.)*"$/.test(part));

// insert puts a placeholder where the caret is, as if it had been typed, so that Ctrl+Z takes it back. Outside a string of a
// JSON document it brings its quotes.
function insert(area, name) {
  const before = area.value.slice(0, area.selectionStart);
  const placeholder = `{{${name}}}`;
  const text = area.name === 'template' && !quoted(before) ? `"${placeholder}"` : placeholder;
  area.focus();
  if (document.execCommand?.('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

export function formats(form) {
  const field = form.field('format');
  const left = form.field('leave_out');
  const row = field.box.closest('details');
  let timer;
  let asked;

  async function picture() {
    asked?.abort();
    asked = new AbortController();
    const body = new URLSearchParams([...new URLSearchParams(field.value), ...new URLSearchParams(left.value)]);
    const answer = await fetch(field.box.dataset.preview, { method: 'POST', body, signal: asked.signal })
      .then((response) => response.ok && response.json())
      .catch(() => null); // a later picture was asked for, or the server is away: the next key asks again
    if (answer) form.say(answer.notes);
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(picture, pause);
  };
  row.addEventListener('input', later);
  form.element.addEventListener('webhook:saved', () => row.open && later());

  document.addEventListener('click', (event) => {
    const { insert: name, into, useFormat } = event.target.closest('button')?.dataset ?? {};
    if (name !== undefined) insert(document.querySelector(into), name);
    if (useFormat === undefined) return;
    event.preventDefault();
    row.open = true;
    field.content.put(JSON.parse(useFormat));
    field.box.dispatchEvent(new Event('input', { bubbles: true }));
    field.left();
    row.scrollIntoView({ block: 'nearest' });
    field.box.querySelector(':checked').focus();
  });
}
