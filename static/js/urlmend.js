// Mends what is pasted into a URL field, where one can see it and take it back: text around the URL, spaces and line
// breaks in it, no scheme. What is typed is left alone.

const invisible = /[\s\u200b-\u200d\u2060\ufeff]+/g;

// mend returns the URL that a pasted text means, and in words what was done to it.
function mend(text) {
  const command = /^\s*curl\s/.test(text) && text.match(/https?:\/\/[^\s'"]+/i);
  if (command) return [command[0], 'Only the URL of the command was taken'];
  const inner = text.trim().replace(/^.*?(?=https?:\/\/)/is, '').replace(/["'<>].*$/s, '');
  const url = inner.replace(invisible, '');
  const done = [];
  if (inner !== text.trim()) done.push('what stood around it was left out');
  if (url !== inner) done.push('spaces were taken out');
  if (/^[\w-]+(\.[\w-]+)+([:/?]|$)/.test(url) && done.push('https:// was put in front')) return [`https://${url}`, sentence(done)];
  return [url, sentence(done)];
}

const sentence = ([first, ...rest]) => first && [first[0].toUpperCase() + first.slice(1), ...rest].join(', ');

export function mendPastes(field, said) {
  field.addEventListener('paste', (event) => {
    const [url, words] = mend(event.clipboardData.getData('text/plain'));
    if (!words || !url) return;
    event.preventDefault();
    document.execCommand('insertText', false, url); // as if typed: Ctrl+Z takes it back
    said.textContent = `${words}. Ctrl+Z takes it back.`;
  });
  field.addEventListener('input', () => { said.textContent = ''; });
}
