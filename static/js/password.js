// <button data-show="#id"> shows what is typed into a password field, and hides it again; a form that is sent sends it hidden,
// so that no browser offers it as a text typed before. Without JavaScript the button stays hidden.

const set = (button, shown) => {
  document.querySelector(button.dataset.show).type = shown ? 'text' : 'password';
  button.setAttribute('aria-pressed', shown);
  button.textContent = shown ? 'Hide' : 'Show';
};

const reveal = () => document.querySelectorAll('button[data-show][hidden]').forEach((b) => { b.hidden = false; });

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-show]');
  if (!button) return;
  set(button, button.getAttribute('aria-pressed') !== 'true');
  document.querySelector(button.dataset.show).focus();
});

document.addEventListener('submit', (event) => {
  event.target.querySelectorAll('button[data-show]').forEach((b) => set(b, false));
}, true);

reveal();
new MutationObserver(reveal).observe(document.body, { childList: true, subtree: true });
