// A revealed signing secret is hidden again: by its button, and by itself after a while, because people walk away. The answer
// that shows it brings what stands there when it is hidden.

const shownFor = 60_000;
const place = document.getElementById('secret');
let timer;

function hide() {
  clearTimeout(timer);
  const masked = place.querySelector('template[data-masked]');
  if (!masked) return;
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(masked.content.cloneNode(true));
  if (hadFocus) place.querySelector('button')?.focus();
}

if (place) {
  place.addEventListener('click', (event) => {
    if (!event.target.closest('[data-hide]')) return;
    event.preventDefault();
    hide();
  });
  new MutationObserver(() => {
    clearTimeout(timer);
    if (place.querySelector('[data-hide]')) timer = setTimeout(hide, shownFor);
  }).observe(place, { childList: true });
}
