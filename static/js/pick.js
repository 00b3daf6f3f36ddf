// Rows that are ticked, to be resent. The bar counts them; all can be ticked at once.
const boxes = () => [...document.querySelectorAll('#rows input[name=id]')];

export function pickAgain() {
  const bar = document.getElementById('bulk');
  if (!bar) return;
  const picked = boxes().filter((box) => box.checked).length;
  bar.toggleAttribute('data-any', picked > 0);
  document.getElementById('picked').textContent = picked || '';
  const all = document.getElementById('pick-all');
  if (!all) return;
  all.checked = picked > 0 && picked === boxes().length;
  all.indeterminate = picked > 0 && !all.checked;
}

document.addEventListener('change', (event) => {
  if (event.target.id === 'pick-all') boxes().forEach((box) => { box.checked = event.target.checked; });
  if (event.target.closest('.pick')) pickAgain();
});
document.addEventListener('reset', () => setTimeout(pickAgain));
document.addEventListener('log:shown', pickAgain);
addEventListener('pageshow', pickAgain);
