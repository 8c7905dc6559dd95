<?php
// DAViCal, of which only the configuration is our own: HLM_DAVICAL names a folder with htdocs and config, and DAViCal looks
// for its configuration beside htdocs once /etc is out of its sight (open_basedir).

$folder = getenv('HLM_DAVICAL') . '/htdocs';
chdir($folder);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/.well-known/')) {
    // What the package's Apache file rewrites.
    $path = '/caldav.php' . $path;
}
if (!str_starts_with($path, '/caldav.php')) {
    http_response_code(404);
    return true;
}
// As Apache says them: from the address that was asked for, not from the one that is listened at.
[$_SERVER['SERVER_NAME'], $_SERVER['SERVER_PORT']] = explode(':', $_SERVER['HTTP_HOST'] . ':80');
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/caldav.php';
$_SERVER['SCRIPT_FILENAME'] = $folder . '/caldav.php';
$_SERVER['DOCUMENT_ROOT'] = $folder;
$_SERVER['PATH_INFO'] = rawurldecode(substr($path, strlen('/caldav.php')));
if ($_SERVER['PATH_INFO'] === '') {
    unset($_SERVER['PATH_INFO']);
}
require $folder . '/caldav.php';
