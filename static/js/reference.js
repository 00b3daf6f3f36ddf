// Searching the API filters the calls while one types. Without JavaScript, Enter asks the server for the same.

const box = document.querySelector('.api-tools input');
const nothing = document.getElementById('nothing-found');

box.addEventListener('input', () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const call of document.querySelectorAll('[data-call]')) {
    call.hidden = !words.every((word) => call.dataset.call.includes(word));
    if (!call.hidden) found += 1;
  }
  nothing.hidden = found > 0;
});
