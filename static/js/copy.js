// <button data-copy="#id"> copies the text (or value) of that element. It stays hidden without JavaScript.

const reveal = (root) => root.querySelectorAll('button[data-copy][hidden]').forEach((b) => { b.hidden = false; });

async function copy(button) {
  const from = document.querySelector(button.dataset.copy);
  const label = button.querySelector('[data-label]');
  try {
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    label.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(from); // no permission: select it, so that Ctrl+C copies it
    label.textContent = 'Press Ctrl+C';
  }
  setTimeout(() => { label.textContent = label.dataset.label; }, 2000);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy]');
  if (button && !button.disabled) copy(button);
});

reveal(document);
new MutationObserver(() => reveal(document)).observe(document.body, { childList: true, subtree: true });
