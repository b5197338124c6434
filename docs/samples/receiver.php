<?php
/*
 * A sample receiver of Trunkline's messages: PHP 7.1 or newer with pdo_sqlite, no framework.
 *
 * Put it on your site, set the secret below or in the environment (TRUNKLINE_SECRET), and write the same secret on the
 * page of the CRM in Trunkline. Let DATABASE lie where the web server serves nothing from. It checks the signature and
 * its age, knows a repeat by its key, and answers 200 once the message is committed: until then Trunkline sends it again.
 * Your own work begins in handle(). The flat mapping docs/samples/netcat.toml posts a form, the default one JSON.
 */
declare(strict_types=1);

const OLDEST_SECONDS = 300;
const LARGEST_BODY = 1048576;
$secret = getenv('TRUNKLINE_SECRET') ?: '';
$database = getenv('TRUNKLINE_DATABASE') ?: __DIR__ . '/../trunkline.sqlite';

/** Your own work, in the transaction that notes the key: it happens once, or not at all. */
function handle(PDO $db, string $key, string $event, array $message): void
{
    $phone = $message['phone'] ?? ($message['call']['client'] ?? ($message['lead']['phone'] ?? null));
    $row = $db->prepare('insert into calls (key, event, phone, body) values (?, ?, ?, ?)');
    $row->execute([$key, $event, $phone, json_encode($message, JSON_UNESCAPED_UNICODE)]);
}

/** t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>, compared in constant time, five minutes old at most. */
function is_signed(string $secret, string $header, string $body): bool
{
    if ($secret === '' || !preg_match('/^t=(\d{1,12}),v1=([0-9a-f]{64})$/D', $header, $found)) {
        return false;
    }
    if (abs(time() - (int) $found[1]) > OLDEST_SECONDS) {
        return false;
    }
    return hash_equals(hash_hmac('sha256', $found[1] . '.' . $body, $secret), $found[2]);
}

function reply(int $status, array $told): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($told);
    exit;
}

$body = (string) file_get_contents('php://input', false, null, 0, LARGEST_BODY + 1);
if (strlen($body) > LARGEST_BODY) {
    reply(413, ['error' => 'too long']);
}
if (!is_signed($secret, $_SERVER['HTTP_TRUNKLINE_SIGNATURE'] ?? '', $body)) {
    reply(401, ['error' => 'signature']);
}
$event = $_SERVER['HTTP_TRUNKLINE_EVENT'] ?? '';
$key = $_SERVER['HTTP_TRUNKLINE_DELIVERY'] ?? '';
if ($event === 'ping') {
    reply(200, ['ok' => true]);
}
if (strpos($_SERVER['CONTENT_TYPE'] ?? '', 'application/json') === 0) {
    $message = json_decode($body, true);
} else {
    $message = $_POST;
}
if (!is_array($message) || $key === '') {
    reply(400, ['error' => 'neither JSON nor a form']);
}
try {
    $db = new PDO('sqlite:' . $database, null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 10]);
    $db->exec('create table if not exists seen (key text primary key, at integer)');
    $db->exec('create table if not exists calls (key text, event text, phone text, body text)');
    $db->exec('begin immediate');
    $seen = $db->prepare('insert or ignore into seen values (?, ?)');
    $seen->execute([$key, time()]);
    $new = $seen->rowCount() === 1;
    if ($new) {
        handle($db, $key, $event, $message);
    }
    $db->exec('commit');
} catch (Throwable $error) {
    error_log('trunkline: ' . $error->getMessage());
    reply(500, ['error' => 'not stored']);
}
reply(200, ['id' => $key, 'new' => $new]);
