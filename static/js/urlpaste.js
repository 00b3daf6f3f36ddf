// Reads what is pasted as a whole URL: a command, a line of a document. What it says, the server tells, which is the
// one reader of such texts. A text that is pasted into a URL is text, and what is typed is left alone.

const patience = 3000; // ms until the text is taken as it is

// oneLine is what a browser would do with line breaks, but for gluing two lines together.
const oneLine = (text) => text.trim().replace(/\s*[\r\n]+\s*/g, ' ');

// A scheme that was typed or left before a URL with its own is not meant to stand there twice.
const onlyScheme = /^\s*https?:\/{0,2}\s*$/i;
const startsWithScheme = /^\s*https?:\/\//i;

async function ask(url, text) {
  const body = new URLSearchParams({ text });
  const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(patience) }).catch(() => null);
  return response?.ok && !response.redirected ? response.json() : { url: '', note: '' };
}

// insert writes as if it were typed, so that Ctrl+Z takes it back.
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
  control.readOnly = true; // what is typed meanwhile would stand at the wrong end
  const { url, note } = await ask(control.dataset.paste, text);
  control.readOnly = false;
  if (url || !note) insert(control, url || oneLine(text));
  said.innerHTML = note; // after the input event, which empties it
}

// readPastes goes on until the text is read before it lets the field save.
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
