// What every page needs. Each part works on data-* attributes and on elements that arrive later.
import './time.js';
import './zone.js';
import './copy.js';
import './exchange.js';
import './panels.js';
import './needs.js';
