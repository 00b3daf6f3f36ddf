// The scripts of every page. Each works by data-* attributes, also on elements that are added later.
import './zone.js';
import './copy.js';
import './exchange.js';
import './panels.js';
import './password.js';
import './needs.js';
import './toast.js';
import './keys.js';
