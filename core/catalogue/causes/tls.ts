/** NGINX speaks TLS to the backend, and they do not agree. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askGunicorn,
  askNginx,
  dnsWord,
  hostPort,
  nginxSettings,
  proxyPass,
  RELOAD_NGINX,
} from '../commands.ts';
import { endpoint, place } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** `https://` in front of a Gunicorn that speaks plain HTTP. */
export const tlsToPlainBackend = defineCause({
  id: 'tls-to-plain-backend',
  family: 'tls',
  severity: 'critical',
  title: (context) =>
    `NGINX speaks https to ${place(context, 'Gunicorn')}, which speaks plain http`,
  meaning:
    '`proxy_pass` says `https://`, but Gunicorn runs without `certfile` and speaks plain HTTP. It waits for a request line that never comes, so most requests time out with 504; some get 502.',
  primary:
    '`upstream timed out (110: Connection timed out) while SSL handshaking to upstream`, `SSL_do_handshake() failed (SSL: …:wrong version number)`, or `peer closed connection in SSL handshake`',
  corroboration:
    '`Listening at: http://…` in the Gunicorn log; `WORKER TIMEOUT` followed by `Error handling request (no URI read)` from sync workers that waited for the request line.',
  toConfirm:
    'Give the Gunicorn log from its last start: its `Listening at:` line says http or https.',
  steps: (context) => [
    {
      title: 'Write http:// in proxy_pass',
      why: 'Between NGINX and Gunicorn on one host or in one private network plain HTTP is the normal way; clients still get https from NGINX.',
      commands: [...nginxSettings('in the location', [proxyPass(endpoint(context))]), RELOAD_NGINX],
      verify: [askNginx(context), askGunicorn(context)],
    },
    {
      title: 'Tell the application that clients use https',
      why: 'Without this header it may answer with redirects to itself. Write it beside the other proxy_set_header lines: a location with one of its own inherits none.',
      commands: nginxSettings('in the location', [
        'proxy_set_header X-Forwarded-Proto $scheme;',
        'proxy_set_header Host $host;',
      ]).concat(RELOAD_NGINX),
      verify: [],
    },
    {
      title: 'Or give Gunicorn a certificate, where the way between them must be encrypted',
      why: 'Then https:// in proxy_pass is right. The files must be readable by the user of Gunicorn.',
      commands: [
        '# in gunicorn.conf.py:',
        'certfile = "/etc/ssl/gunicorn/cert.pem"',
        'keyfile = "/etc/ssl/gunicorn/key.pem"',
      ],
      verify: [],
    },
  ],
  docs: [LINKS.proxyPass],
});

/** Both speak TLS, and the handshake fails. */
export const tlsHandshakeFailed = defineCause({
  id: 'tls-handshake-failed',
  family: 'tls',
  severity: 'high',
  title: (context) => {
    const { reason } = context;
    const peer = place(context, 'the backend');
    return `TLS between NGINX and ${peer} failed${reason === null ? '' : `: ${reason}`}`;
  },
  meaning:
    'NGINX and the backend both speak TLS but could not agree: NGINX does not trust the certificate, its name does not match, or the backend refused (it wants a server name, a client certificate or another protocol version).',
  primary:
    '`upstream SSL certificate verify error: (18:self-signed certificate)` (10 expired, 19 and 20 unknown authority), `upstream SSL certificate does not match "…"`, `SSL_do_handshake() failed (SSL: …:SSL alert number 40)` (70 protocol version, 112 unknown name)',
  corroboration: 'Nothing on the side of Gunicorn, or `[SSL: …]` in an `Invalid request` warning.',
  toConfirm:
    'Run `openssl s_client` from the NGINX host: it prints the chain, the names and the error.',
  steps: (context) => [
    {
      title: 'See what the backend presents',
      why: 'Compare the names, the dates and the issuer with what NGINX expects; run it once more without -servername to see whether the backend needs the name.',
      commands: [
        handshake(context),
        `${handshake(context)} 2>/dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`,
      ],
      verify: [askNginx(context)],
    },
    repairTrust(context),
    {
      title: 'Have the certificate renewed before it ends',
      why: 'An expired certificate (error 10) comes back every year otherwise. A reload is needed after a renewal on either side.',
      commands: [`${handshake(context)} 2>/dev/null | openssl x509 -noout -checkend 1209600`],
      verify: [],
    },
  ],
  docs: [
    LINKS.proxySslTrustedCertificate,
    LINKS.proxySslName,
    LINKS.proxySslServerName,
    LINKS.proxySslVerify,
  ],
});

function handshake(context: FixContext): string {
  return `openssl s_client -connect ${hostPort(endpoint(context))} -servername ${dnsWord(context)} </dev/null`;
}

function repairTrust(context: FixContext): Fix {
  return {
    title: 'Give NGINX the authority, the name and the server name that fit',
    why: 'Use the lines that the error asks for: the first for verify errors, the second for "does not match", the third for alerts 40 and 112, the last for alert 70. Switching proxy_ssl_verify off hides the error, and the next attacker too.',
    commands: [
      ...nginxSettings('in the location', [
        'proxy_ssl_trusted_certificate CERTIFICATES;',
        `proxy_ssl_name ${dnsWord(context)};`,
        'proxy_ssl_server_name on;',
        'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
      ]),
      RELOAD_NGINX,
    ],
    verify: [askNginx(context)],
  };
}
