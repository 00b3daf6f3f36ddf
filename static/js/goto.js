// goTo brings a control into view and gives it the focus, also when it has the focus already and has been scrolled away, or
// stands inside closed details.
export function goTo(control) {
  for (let d = control.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
  control.focus();
  control.scrollIntoView({ block: 'nearest' });
}
