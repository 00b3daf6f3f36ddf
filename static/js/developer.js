// The developer's page: secrets that hide again, and a key that goes into the ready command.
import './leadkey.js';
import './secret.js';
