import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import type { FixContext } from '../../../core/catalogue/fix-context.ts';
import { NOTHING, ON_SOCKET, ON_TCP } from './contexts.ts';

/** The verdict and the steps of a cause, as a person reads them. */
function read(id: CauseId, context: FixContext): string {
  const cause = CATALOGUE[id];
  const steps = cause
    .steps(context)
    .flatMap((step, index) => [
      `${index + 1}. ${step.title}`,
      `   ${step.why}`,
      ...step.commands.map((line) => `     $ ${line}`),
      ...step.verify.map((line) => `     ? ${line}`),
    ]);
  return ['', cause.title(context), ...steps].join('\n');
}

test('a worker timeout names the frame and changes both limits', () => {
  expect(read('worker-timeout', ON_TCP)).toMatchInlineSnapshot(`
    "
    Gunicorn killed workers that took longer than 30 s
    1. Until it is repaired, give GET /reports/:id more time, on both sides
       NGINX must wait a little longer than Gunicorn: with --timeout above proxy_read_timeout (60 s unless set) NGINX gives up first and the failure becomes a 504. Since Gunicorn 22 a request that runs into --timeout ends with 500 and without any NGINX line; before, with 502. Each slow request keeps its worker from all others meanwhile. The restart ends requests that are running.
         $ # in gunicorn.conf.py, or --timeout 90 in ExecStart:
         $ timeout = 90
         $ # NGINX, in the location of the slow route:
         $ proxy_read_timeout 100s;
         $ sudo nginx -t && sudo nginx -s reload
         $ sudo systemctl restart shop.service
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    2. Take the slow work out of the request: build_pdf (views.py:61) ran past 30 s
       Put it into a background job, or give that query or remote call a timeout of its own. A line "Perhaps out of memory?" for the same pid is the kill by Gunicorn itself, not memory.
         $ sudo journalctl -u shop.service --since '2 hours ago' --no-pager | grep -A 40 'WORKER TIMEOUT'
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    3. Where requests wait for others, use threads
       A gthread worker goes on reporting while one of its requests waits, so it is never killed for one slow request; proxy_read_timeout is then the only limit (504). The application must be thread-safe.
         $ # in gunicorn.conf.py, or --worker-class gthread --threads 4 in ExecStart:
         $ worker_class = "gthread"
         $ threads = 4
         $ sudo systemctl restart shop.service
    4. If fast requests are hit too, keep the heartbeat file in memory
       Workers report through a file in /tmp. On a slow or stalled disk a healthy worker seems silent.
         $ # in gunicorn.conf.py, or --worker-tmp-dir /dev/shm in ExecStart:
         $ worker_tmp_dir = "/dev/shm"
         $ sudo systemctl restart shop.service
         ? df -h /dev/shm"
  `);
});

test('a worker timeout of an async worker looks for what blocks the loop', () => {
  expect(
    read('worker-timeout', { ...NOTHING, workerClass: 'uvicorn.workers.UvicornWorker' }),
  ).toMatchInlineSnapshot(`
    "
    Gunicorn killed workers that were stuck for --timeout
    1. Until it is repaired, give the slow routes more time, on both sides
       NGINX must wait a little longer than Gunicorn: with --timeout above proxy_read_timeout (60 s unless set) NGINX gives up first and the failure becomes a 504. More time only hides that the whole worker stands still. Fill in what these logs do not show: UNIT (the systemd unit of Gunicorn; in a container restart the container instead).
         $ # in gunicorn.conf.py, or --timeout 90 in ExecStart:
         $ timeout = 90
         $ # NGINX, in the location of the slow route:
         $ proxy_read_timeout 100s;
         $ sudo nginx -t && sudo nginx -s reload
         $ sudo systemctl restart UNIT
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/
    2. Find the slow work and take it out of the request
       In the Gunicorn log, the traceback after WORKER TIMEOUT shows it: the frame above handle_abort. If there is none, py-spy prints it while a request hangs. A line "Perhaps out of memory?" for the same pid is the kill by Gunicorn itself, not memory. Fill in what these logs do not show: PID (a Gunicorn worker, see pgrep -f gunicorn).
         $ sudo journalctl -u UNIT --since '2 hours ago' --no-pager | grep -A 40 'WORKER TIMEOUT'
         $ sudo py-spy dump --pid PID
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/
    3. Keep blocking calls out of the event loop
       A uvicorn.workers.UvicornWorker worker is killed only when its loop stands still: a blocking driver, a long computation or a sleep in async code. Move it into a thread (asyncio.to_thread) or a background job.
    4. If fast requests are hit too, keep the heartbeat file in memory
       Workers report through a file in /tmp. On a slow or stalled disk a healthy worker seems silent.
         $ # in gunicorn.conf.py, or --worker-tmp-dir /dev/shm in ExecStart:
         $ worker_tmp_dir = "/dev/shm"
         $ sudo systemctl restart UNIT
         ? df -h /dev/shm"
  `);
});

test('an application that does not load is rolled back, and nothing is installed by its name', () => {
  expect(read('app-boot-failure', ON_TCP)).toMatchInlineSnapshot(`
    "
    Gunicorn cannot load the application: ModuleNotFoundError: No module named 'shop'
    1. Go back to the last release that started, then start it
       No request can succeed until the application loads again; the repair can wait for the morning.
         $ sudo systemctl reset-failed shop.service; sudo systemctl restart shop.service
         ? systemctl status shop.service --no-pager
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    2. Make the module shop importable for the service
       If shop is your own code, WorkingDirectory, PYTHONPATH or the name in ExecStart is wrong. If it is a dependency, install the pinned requirements into the virtualenv of the service; never install a package only because its name stands in an error. Fill in what these logs do not show: SERVICE_USER (User= of the unit), VENV (the virtualenv in ExecStart), APP_DIR (the directory of the application).
         $ sudo journalctl -u shop.service -n 100 --no-pager
         $ sudo -u SERVICE_USER VENV/bin/python -c 'import shop'
         $ sudo -u SERVICE_USER VENV/bin/python -m pip install -r APP_DIR/requirements.txt
         ? sudo -u SERVICE_USER VENV/bin/python -c 'import shop'
    3. Load the application as the service does, before the next start
       Run it in the WorkingDirectory of the unit, with its Environment: the same error appears here, without an outage. Fill in what these logs do not show: MODULE:APP (the application in ExecStart, such as shop.wsgi:app).
         $ systemctl show -p WorkingDirectory -p User -p ExecStart shop.service
         $ sudo -u SERVICE_USER VENV/bin/gunicorn --check-config MODULE:APP
         $ sudo systemctl restart shop.service
         ? systemctl status shop.service --no-pager
    4. Make that check a part of every deploy
       A reload with HUP into a broken application also stops the healthy workers. A failed check must end the deploy before the restart or the reload.
         $ sudo -u SERVICE_USER VENV/bin/gunicorn --check-config MODULE:APP"
  `);
});

test('a socket in a home directory is opened for NGINX alone', () => {
  expect(
    read('socket-permission', {
      ...ON_SOCKET,
      upstreams: ['http://unix:/home/deploy/shop/shop.sock'],
    }),
  ).toMatchInlineSnapshot(`
    "
    NGINX is not allowed to open the socket /home/deploy/shop/shop.sock
    1. Find what refuses, and let NGINX through
       In the list of namei, each directory must have x and the socket w for the user of NGINX. Here it is probably /home/deploy: home directories are closed to others. The second command gives the socket to the group of NGINX until the next restart, the third lets only its user pass through a directory. The check prints 000 while it is refused. Fill in what these logs do not show: NGINX_USER (the user of the NGINX workers: www-data on Debian and Ubuntu, nginx on Red Hat and Amazon Linux).
         $ namei -l /home/deploy/shop/shop.sock
         $ sudo chgrp NGINX_USER /home/deploy/shop/shop.sock && sudo chmod 660 /home/deploy/shop/shop.sock
         $ sudo setfacl -m u:NGINX_USER:x /home/deploy
         ? sudo -u NGINX_USER curl -so /dev/null -w '%{http_code}\\n' --unix-socket /home/deploy/shop/shop.sock http://localhost/reports/77
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    2. Keep the socket under /run, in the group of NGINX
       Gunicorn makes its socket with its own umask setting (0 unless set, which lets everybody in), not with UMask= of the unit; 007 with the group of NGINX lets in those two only. /run is not inside anybody's home.
         $ sudo systemctl edit shop.service
         $ # in the editor that opens:
         $ [Service]
         $ Group=NGINX_USER
         $ RuntimeDirectory=gunicorn
         $ RuntimeDirectoryMode=0750
         $ # in gunicorn.conf.py, or --bind unix:/run/gunicorn/gunicorn.sock in ExecStart:
         $ bind = "unix:/run/gunicorn/gunicorn.sock"
         $ # in ExecStart:
         $ --umask 007
         $ # NGINX, in the location:
         $ proxy_pass http://unix:/run/gunicorn/gunicorn.sock;
         $ sudo systemctl restart shop.service && sudo nginx -t && sudo nginx -s reload
         ? namei -l /run/gunicorn/gunicorn.sock
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    3. If the modes are right and it is still refused, look for SELinux or AppArmor
       They refuse with the same error number, whatever the modes say; chmod 777 does not help and should be undone.
         $ getenforce
         $ sudo ausearch -m avc -ts recent -c nginx
         $ sudo journalctl -k --since '1 hour ago' --no-pager | grep -i apparmor"
  `);
});

test('a full queue gets workers first, then backlog and somaxconn together', () => {
  expect(read('accept-queue-full', ON_SOCKET)).toMatchInlineSnapshot(`
    "
    The queue of /run/shop/shop.sock is full: all workers are busy
    1. Add workers now, without a restart
       Each TTIN signal makes Gunicorn start one worker more, until its next restart. Look at the free memory first, since every worker holds the whole application. (Gunicorn itself must be the main process of the unit, not a script around it.)
         $ free -m
         $ sudo systemctl kill -s TTIN --kill-who=main shop.service
         ? sudo ss -lxp | grep -F -e /run/shop/shop.sock
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    2. Find what keeps the workers busy
       py-spy (pip install py-spy) prints the line each worker is on, without stopping it. The same line in many workers is the slow query, lock or remote call. Most failures here: GET /reports/:id. Fill in what these logs do not show: PID (a Gunicorn worker, see pgrep -f gunicorn).
         $ pgrep -af gunicorn
         $ sudo py-spy dump --pid PID
    3. Give Gunicorn enough workers for good, or threads where it waits for others
       Twice the number of cores plus one is the usual start. Now there are 4. Threads help when requests wait for a database or another service; the application must be thread-safe. Requests that take seconds belong in a background job. Fill in what these logs do not show: WORKERS (twice the number that nproc prints, plus one).
         $ nproc
         $ # in gunicorn.conf.py, or --workers WORKERS in ExecStart:
         $ workers = WORKERS
         $ # in gunicorn.conf.py, or --threads 4 in ExecStart:
         $ threads = 4
         $ sudo systemctl restart shop.service
         ? pgrep -cf gunicorn
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    4. Only then give the queue more room, on both sides of it
       The kernel uses the smaller of backlog and net.core.somaxconn, so one alone does nothing; under a systemd socket unit, Backlog= of that unit counts instead. A longer queue bridges a short peak; for a steady overload it only turns 502s into longer waits.
         $ # in gunicorn.conf.py, or --backlog 4096 in ExecStart:
         $ backlog = 4096
         $ echo 'net.core.somaxconn = 4096' | sudo tee /etc/sysctl.d/90-gunicorn.conf
         $ sudo sysctl --system && sudo systemctl restart shop.service
         ? sysctl net.core.somaxconn
         ? sudo ss -lxp | grep -F -e /run/shop/shop.sock"
  `);
});

test('headers that are too big get buffers that fit together', () => {
  expect(read('upstream-header-too-big', ON_TCP)).toMatchInlineSnapshot(`
    "
    The application sent headers larger than NGINX's buffer
    1. Give NGINX room for the headers
       The three belong together: NGINX refuses a busy size that is smaller than one buffer or not smaller than all of them less one. They may stand in http, server or location.
         $ # NGINX, in http, server or location:
         $ proxy_buffer_size 16k;
         $ proxy_buffers 8 16k;
         $ proxy_busy_buffers_size 32k;
         $ sudo nginx -t && sudo nginx -s reload
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
         ? sudo tail -n 20 /var/log/nginx/error.log
    2. See how large the headers are, and which
       Ask as a user who is affected (with their cookies): an anonymous request often gets small headers. Above 16384 bytes, raise the three numbers together.
         $ curl -s -o /dev/null -D - http://127.0.0.1:8000/reports/77 | wc -c
         $ curl -s -o /dev/null -D - http://127.0.0.1:8000/reports/77
    3. Make the headers smaller
       Keep sessions on the server and only their id in the cookie; remove duplicate Set-Cookie lines; do not carry data in redirects. Browsers and other proxies have limits too."
  `);
});

test('a keepalive race is ended in NGINX first', () => {
  expect(read('keepalive-race', { ...ON_TCP, workerClass: 'gthread' })).toMatchInlineSnapshot(`
    "
    NGINX reused connections that Gunicorn was just closing
    1. Let NGINX use a new connection for each request
       This ends it at once, at the price of a new connection for each request. Since 1.29.7 NGINX keeps connections to the servers of an upstream block unless told not to; before that, delete the keepalive line instead ("keepalive 0" is an error there).
         $ nginx -v
         $ # NGINX, in the upstream block, from 1.29.7 on:
         $ keepalive 0;
         $ sudo nginx -t && sudo nginx -s reload
         ? sudo tail -n 20 /var/log/nginx/error.log
    2. Or keep connections longer in Gunicorn than in NGINX
       Then NGINX is always the first to close, which is harmless. Restarts for max_requests still close connections: raise max_requests, or drop it where no leak asks for it.
         $ # in gunicorn.conf.py, or --keep-alive 75 in ExecStart:
         $ keepalive = 75
         $ # NGINX, in the upstream block:
         $ keepalive_timeout 60s;
         $ sudo systemctl restart shop.service
         $ sudo nginx -t && sudo nginx -s reload
         ? sudo tail -n 20 /var/log/nginx/error.log
    3. Do not let NGINX repeat POSTs
       proxy_next_upstream with non_idempotent hides these errors, but the application may carry out an order or a payment twice.
         $ sudo nginx -T 2>/dev/null | grep -n -e non_idempotent -e keepalive"
  `);
});

test('a socket that is missing is made again, where NGINX can see it', () => {
  expect(
    read('socket-file-missing', { ...ON_SOCKET, upstreams: ['http://unix:/tmp/shop.sock'] }),
  ).toMatchInlineSnapshot(`
    "
    The socket /tmp/shop.sock does not exist
    1. Start shop.service
       A clean stop takes the socket away, a start brings it back.
         $ sudo systemctl start shop.service
         $ systemctl status shop.service --no-pager
         ? ls -l /tmp/shop.sock
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' --unix-socket /tmp/shop.sock http://localhost/reports/77
         ? curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
    2. Compare the path on both sides
       Gunicorn's "Listening at: unix:/path" and NGINX's http://unix:/path must name the same file. The logs show Gunicorn at /run/shop/gunicorn.sock.
         $ sudo ss -lxp | grep -i -e gunicorn -e python
         $ sudo nginx -T 2>/dev/null | grep -n -e proxy_pass -e 'server .*:[0-9]' -e unix:
    3. Keep the socket in a directory that systemd makes at every start
       A socket under /tmp is invisible to NGINX as soon as either unit has PrivateTmp=true, and cleaners may delete it. Move it under /run, on both sides.
         $ systemctl show -p PrivateTmp -p RuntimeDirectory shop.service nginx.service
         $ sudo systemctl edit shop.service
         $ # in the editor that opens:
         $ [Service]
         $ RuntimeDirectory=gunicorn
         $ # in gunicorn.conf.py, or --bind unix:/run/gunicorn/gunicorn.sock in ExecStart:
         $ bind = "unix:/run/gunicorn/gunicorn.sock"
         $ # NGINX, in the location:
         $ proxy_pass http://unix:/run/gunicorn/gunicorn.sock;
         $ sudo systemctl restart shop.service && sudo nginx -t && sudo nginx -s reload
    4. Let systemd hold the socket, so that it exists even while Gunicorn restarts
       With a socket unit, requests wait in its queue during a restart instead of failing. Never give two services the same path: the one that stops removes the socket of the other. Fill in what these logs do not show: NGINX_USER (the user of the NGINX workers: www-data on Debian and Ubuntu, nginx on Red Hat and Amazon Linux).
         $ sudo systemctl edit --force --full shop.socket
         $ # in the editor that opens:
         $ [Socket]
         $ ListenStream=/tmp/shop.sock
         $ SocketUser=NGINX_USER
         $ [Install]
         $ WantedBy=sockets.target
         $ sudo systemctl stop shop.service && sudo systemctl enable --now shop.socket && sudo systemctl start shop.service
         ? systemctl list-sockets --all --no-pager"
  `);
});
