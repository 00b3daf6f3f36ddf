<?php
// Receives ioZen events: checks the signature, answers at once, drops duplicates.
//
//   WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:3000 receiver.php

$key = base64_decode(preg_replace('/^whsec_/', '', getenv('WEBHOOK_SECRET') ?: ''), true);
if (!$key) { // an empty key would accept forgeries
    http_response_code(500);
    exit('WEBHOOK_SECRET is missing');
}

// The signature is over the exact bytes of the body: check it before anything parses them.
function verified(string $key, string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || !preg_match('/^[0-9]{1,12}$/D', $timestamp) || abs(time() - (int) $timestamp) > 5 * 60) {
        return false; // old or from the future: a replay
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // While a secret is rotated there are two signatures, separated by a space.
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
if (!verified($key, $body)) {
    http_response_code(401);
    exit('wrong signature');
}
$event = json_decode($body, true);
if (!isset($event['event_id'])) {
    http_response_code(400);
    exit('not an event');
}

// One file per event, made only if it is new; a cron job does the work. In production: a table of your database, with
// a unique column for event_id.
$folder = getenv('EVENTS_FOLDER') ?: sys_get_temp_dir() . '/iozen-events';
@mkdir($folder, 0700, true);
$file = @fopen($folder . '/' . hash('sha256', $event['event_id']) . '.json', 'x');
if ($file) {
    fwrite($file, $body);
    fclose($file);
    error_log($event['event_name'] . ' ' . $event['event_id']);
}
echo 'ok'; // ioZen waits 30 s at most, so the work comes after the answer
