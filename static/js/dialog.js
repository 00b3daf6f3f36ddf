// A dialog over the page. Its keys are its own: Esc closes it, a press beside it too, and the focus goes back to where it was.

export function makeDialog(className, label) {
  const dialog = document.createElement('dialog');
  dialog.className = className;
  dialog.setAttribute('aria-label', label);
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  return dialog;
}

// show opens it. On a phone it is opened from a menu, which closes then: the focus goes back to the menu's button.
export function show(dialog) {
  const menu = document.activeElement?.closest('[popover]');
  const back = menu && document.querySelector(`[popovertarget="${menu.id}"]`);
  menu?.hidePopover();
  back?.focus();
  dialog.showModal();
}
