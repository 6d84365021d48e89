const PROXY = 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html';
const UPSTREAM = 'https://nginx.org/en/docs/http/ngx_http_upstream_module.html';
const HTTP_CORE = 'https://nginx.org/en/docs/http/ngx_http_core_module.html';
const NGINX_CORE = 'https://nginx.org/en/docs/ngx_core_module.html';
const SETTINGS = 'https://docs.gunicorn.org/en/stable/settings.html';

/** The pages of NGINX's and Gunicorn's documentation that causes point to. */
export const LINKS = {
  proxyPass: `${PROXY}#proxy_pass`,
  proxyReadTimeout: `${PROXY}#proxy_read_timeout`,
  proxyConnectTimeout: `${PROXY}#proxy_connect_timeout`,
  proxySendTimeout: `${PROXY}#proxy_send_timeout`,
  proxyBufferSize: `${PROXY}#proxy_buffer_size`,
  proxyNextUpstream: `${PROXY}#proxy_next_upstream`,
  proxyHttpVersion: `${PROXY}#proxy_http_version`,
  proxySslVerify: `${PROXY}#proxy_ssl_verify`,
  proxySslName: `${PROXY}#proxy_ssl_name`,
  proxySslServerName: `${PROXY}#proxy_ssl_server_name`,
  proxySslTrustedCertificate: `${PROXY}#proxy_ssl_trusted_certificate`,
  proxyTempPath: `${PROXY}#proxy_temp_path`,
  upstreamServer: `${UPSTREAM}#server`,
  upstreamKeepalive: `${UPSTREAM}#keepalive`,
  resolver: `${HTTP_CORE}#resolver`,
  clientMaxBodySize: `${HTTP_CORE}#client_max_body_size`,
  workerConnections: `${NGINX_CORE}#worker_connections`,
  workerRlimitNofile: `${NGINX_CORE}#worker_rlimit_nofile`,
  errorLog: `${NGINX_CORE}#error_log`,
  logFormat: 'https://nginx.org/en/docs/http/ngx_http_log_module.html',
  timeout: `${SETTINGS}#timeout`,
  gracefulTimeout: `${SETTINGS}#graceful-timeout`,
  keepalive: `${SETTINGS}#keepalive`,
  backlog: `${SETTINGS}#backlog`,
  maxRequests: `${SETTINGS}#max-requests`,
  workers: `${SETTINGS}#workers`,
  threads: `${SETTINGS}#threads`,
  bind: `${SETTINGS}#bind`,
  umask: `${SETTINGS}#umask`,
  workerTmpDir: `${SETTINGS}#worker-tmp-dir`,
  preloadApp: `${SETTINGS}#preload-app`,
  deploy: 'https://docs.gunicorn.org/en/stable/deploy.html',
  faq: 'https://docs.gunicorn.org/en/stable/faq.html',
  signals: 'https://docs.gunicorn.org/en/stable/signals.html',
  design: 'https://docs.gunicorn.org/en/stable/design.html',
} as const;
