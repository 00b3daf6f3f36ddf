// <button data-show="#id"> shows what is typed into a password field, and hides it again. Whether it is pressed says which; the caret
// stays where it was, and so does the focus of the keyboard. A form that is sent sends the field hidden, so that no browser
// offers the password as a text typed before. Without JavaScript the button stays hidden.

function set(button, shown) {
  const field = document.querySelector(button.dataset.show);
  const { selectionStart, selectionEnd, selectionDirection } = field;
  field.type = shown ? 'text' : 'password';
  if (selectionStart !== null) field.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
  button.setAttribute('aria-pressed', shown);
}

const reveal = () => document.querySelectorAll('button[data-show][hidden]').forEach((b) => { b.hidden = false; });

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-show]');
  if (button) set(button, button.getAttribute('aria-pressed') !== 'true');
});

// A press with the pointer leaves the focus in the field, if it is there.
document.addEventListener('mousedown', (event) => {
  const button = event.target.closest('button[data-show]');
  if (button && document.activeElement === document.querySelector(button.dataset.show)) event.preventDefault();
});

document.addEventListener('submit', (event) => {
  event.target.querySelectorAll('button[data-show]').forEach((b) => set(b, false));
}, true);

reveal();
new MutationObserver(reveal).observe(document.body, { childList: true, subtree: true });
