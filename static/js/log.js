// The log: the ready command of an empty one.
import './leadkey.js';
