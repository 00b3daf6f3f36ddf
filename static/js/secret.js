// Hides a revealed signing secret again: by its button, and automatically after a while, because people walk away.

const shownFor = 60_000;
const place = document.getElementById('secret');
let masked = place.innerHTML;
let timer;

function hide() {
  clearTimeout(timer);
  const hadFocus = place.contains(document.activeElement);
  place.innerHTML = masked;
  if (hadFocus) place.querySelector('button')?.focus();
}

place.addEventListener('click', (event) => {
  if (!event.target.closest('[data-hide]')) return;
  event.preventDefault();
  hide();
});

new MutationObserver(() => {
  clearTimeout(timer);
  if (place.querySelector('[data-hide]')) timer = setTimeout(hide, shownFor);
  else masked = place.innerHTML;
}).observe(place, { childList: true });
