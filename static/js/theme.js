// Runs before the first paint: the page follows the system's choice of light or dark, also when it changes.
{
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}
