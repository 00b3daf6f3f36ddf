// Receives ioZen events: checks the signature, answers at once, drops duplicates.
//
//   WEBHOOK_SECRET=whsec_… node receiver.js
const crypto = require('node:crypto');
const http = require('node:http');

const key = Buffer.from((process.env.WEBHOOK_SECRET || '').replace(/^whsec_/, ''), 'base64');
if (key.length === 0) throw new Error('WEBHOOK_SECRET is missing'); // an empty key would accept forgeries

// The signature is over the exact bytes of the body: check it before anything parses them.
function verified(headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const age = Math.abs(Date.now() / 1000 - timestamp);
  if (!id || !/^[0-9]+$/.test(timestamp) || age > 5 * 60) return false; // old or from the future: a replay

  const mac = crypto.createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const expected = Buffer.from(`v1,${mac}`);
  // While a secret is rotated there are two signatures, separated by a space.
  return (headers['webhook-signature'] || '').split(' ').some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && crypto.timingSafeEqual(given, expected);
  });
}

const seen = new Set(); // in production: a unique column of the table that keeps the events

// Called once per event, after the answer. Put your own work here.
function handle(event) {
  console.log(event.event_name, event.event_id);
}

function receive(req, res, body) {
  if (!verified(req.headers, body)) return res.writeHead(401).end('wrong signature');
  let event;
  try {
    event = JSON.parse(body);
  } catch {
    return res.writeHead(400).end('not JSON');
  }
  const isNew = !seen.has(event.event_id);
  seen.add(event.event_id);
  res.writeHead(200).end('ok'); // ioZen waits 30 s at most, so the work comes after the answer
  if (isNew) setImmediate(handle, event);
}

http.createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => receive(req, res, Buffer.concat(chunks)));
}).listen(process.env.PORT || 3000);
