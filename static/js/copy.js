// <button data-copy="#id"> copies the text (or value) of that element, and says so: in its own words, and in a place that a
// screen reader hears, one for the whole page. It stays hidden without JavaScript.

const reveal = (root) => root.querySelectorAll('button[data-copy][hidden]').forEach((b) => { b.hidden = false; });
const restore = new WeakMap();
const said = document.createElement('p');
said.className = 'unseen';
said.setAttribute('role', 'status');
document.body.append(said);

async function copy(button) {
  const from = document.querySelector(button.dataset.copy);
  const label = button.querySelector('[data-label]');
  try {
    await navigator.clipboard.writeText((from.value ?? from.textContent).trimEnd());
    label.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(from); // no permission: select it, so that Ctrl+C copies it
    label.textContent = 'Press Ctrl+C';
  }
  button.dataset.said = said.textContent = label.textContent;
  clearTimeout(restore.get(button));
  restore.set(button, setTimeout(() => {
    label.textContent = label.dataset.label;
    said.textContent = '';
    delete button.dataset.said;
  }, 2000));
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy]');
  if (button && !button.disabled) copy(button);
});

reveal(document);
new MutationObserver(() => reveal(document)).observe(document.body, { childList: true, subtree: true });
