// Reads a text that is pasted as a whole URL, such as a command or a line of a document. The server reads it, as the only
// place that can. A text that is pasted into an existing URL stays as it is, and so does what is typed.

const patience = 3000; // ms until the text is used unchanged

// oneLine replaces line breaks by spaces: the browser would drop them and join two lines into one word.
const oneLine = (text) => text.trim().replace(/\s*[\r\n]+\s*/g, ' ');

// A scheme that was already in the field is not repeated before a pasted URL that has one.
const onlyScheme = /^\s*https?:\/{0,2}\s*$/i;
const startsWithScheme = /^\s*https?:\/\//i;

async function ask(url, text) {
  const body = new URLSearchParams({ text });
  const answer = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(patience) })
    .then((response) => response.ok && !response.redirected && response.json())
    .catch(() => null); // it took too long, or the server is away
  return answer || { url: '', note: '' };
}

// insert writes as if a person had typed, so that Ctrl+Z undoes it.
function insert(control, text) {
  if (document.activeElement === control) {
    control.select();
    document.execCommand('insertText', false, text);
  } else {
    control.value = text;
    control.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

async function read(control, said, text) {
  control.readOnly = true; // what is typed meanwhile would end up in the wrong place
  const { url, note } = await ask(control.dataset.paste, text);
  control.readOnly = false;
  if (url || !note) insert(control, url || oneLine(text));
  said.innerHTML = note; // after the input event, which empties it
}

// readPastes lets the field save only after the pasted text has been read.
export function readPastes(control, said, field) {
  control.addEventListener('paste', (event) => {
    const text = event.clipboardData.getData('text/plain');
    const left = control.value.slice(0, control.selectionStart) + control.value.slice(control.selectionEnd);
    const whole = !left.trim() || (onlyScheme.test(left) && startsWithScheme.test(text));
    if (!whole || !text.trim() || control.readOnly) return;
    event.preventDefault();
    field.hold(read(control, said, text));
  });
  control.addEventListener('input', () => { said.textContent = ''; });
}
