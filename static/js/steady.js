// steady keeps the rest of the page where it is on the screen when a line above it grows. Browsers do so by themselves, but not
// at the very top of a page.
export function steady(line) {
  let height = line.offsetHeight;
  new ResizeObserver(() => {
    const grown = line.offsetHeight - height;
    height += grown;
    if (grown > 0 && scrollY === 0) scrollBy({ top: grown, behavior: 'instant' });
  }).observe(line);
}
