/**
 * Whether an error line (unwrapped or not) is one of the three that fill most error logs and mean nothing here: a body
 * or a response kept in a temporary file, and a file that is not there (ngx_http_request_body.c, ngx_event_pipe.c,
 * ngx_http_static_module.c). Known by where the line begins, before it is parsed; a file's name can only hide the
 * line it stands in, which names no mechanism.
 */
export function isErrorNoise(line: string): boolean {
  if (line.charCodeAt(4) !== SLASH || line.charCodeAt(20) !== BRACKET) return false;
  let at = line.indexOf(':', 24) + 2;
  if (line.charCodeAt(at) === STAR) at = line.indexOf(' ', at) + 1;
  if (line.charCodeAt(at) === LETTER_A) {
    return line.startsWith(REQUEST_BODY, at) || line.startsWith(RESPONSE, at);
  }
  return line.startsWith('open() "', at) && line.indexOf('" failed (2: ', at) > 0;
}

const SLASH = 47;
const BRACKET = 91;
const STAR = 42;
const LETTER_A = 97;
const REQUEST_BODY = 'a client request body is buffered to a temporary file ';
const RESPONSE = 'an upstream response is buffered to a temporary file ';
