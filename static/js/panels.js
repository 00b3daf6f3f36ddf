// Turns each group of details with data-panels into tabs, also groups that are added later: arrows, Home and End move
// between them. Without JavaScript they stay details.

const elements = (tag, properties) => Object.assign(document.createElement(tag), properties);

// tab turns details into a tab: a button, and a panel that takes the details' place and id.
function tab(details) {
  const { id } = details;
  const summary = details.querySelector('summary');
  const button = elements('button', { type: 'button', role: 'tab', id: `${id}-tab`, textContent: summary.textContent });
  button.setAttribute('aria-controls', id);
  const panel = elements('div', { role: 'tabpanel' });
  panel.setAttribute('aria-labelledby', button.id);
  summary.remove();
  panel.append(...details.childNodes);
  const open = details.open;
  details.replaceWith(panel);
  panel.id = id;
  return { button, panel, open };
}

function choose(tabs, chosen) {
  for (const { button, panel } of tabs) {
    const on = button === chosen;
    button.setAttribute('aria-selected', on);
    button.tabIndex = on ? 0 : -1;
    panel.hidden = !on;
  }
}

function upgrade(group) {
  const tabs = [...group.querySelectorAll(':scope > details')].map(tab);
  const buttons = tabs.map((t) => t.button);
  const list = elements('div', { role: 'tablist', ariaLabel: group.dataset.panels });
  delete group.dataset.panels;
  list.append(...buttons);
  group.prepend(list);
  choose(tabs, (tabs.find((t) => t.open) ?? tabs[0]).button);
  list.addEventListener('click', (e) => buttons.includes(e.target) && choose(tabs, e.target));
  list.addEventListener('keydown', (e) => {
    const at = buttons.indexOf(e.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const next = buttons.at(to % buttons.length);
    choose(tabs, next);
    next.focus();
  });
}

const upgradeAll = () => document.querySelectorAll('[data-panels]').forEach(upgrade);
upgradeAll();
new MutationObserver(upgradeAll).observe(document.body, { childList: true, subtree: true });
