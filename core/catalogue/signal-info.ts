/** What each signal is, what it can point to, and where the rule comes from. */
import type { SignalId } from '../model.ts';
import type { CauseId } from './cause-ids.ts';

export type SignalInfo = {
  /** Plain words, lower case at the start unless it is a name. */
  readonly title: string;
  /** What it can be evidence of, most likely first; empty: it only dates other evidence. */
  readonly causes: readonly CauseId[];
  /** The texts that give it. */
  readonly rule: string;
  /** Where those texts are written: the program and its function. */
  readonly source: string;
};

export const SIGNAL_INFO: Readonly<Record<SignalId, SignalInfo>> = {
  'worker-timeout': {
    title: 'Gunicorn aborted a worker that was silent for longer than --timeout',
    causes: ['worker-timeout', 'tls-to-plain-backend'],
    rule: '`WORKER TIMEOUT (pid:N)` from the arbiter, or a traceback that ends in handle_abort and SystemExit: 1',
    source: 'gunicorn arbiter.py murder_workers, workers/base.py handle_abort',
  },
  'worker-killed': {
    title: 'a worker was killed with SIGKILL; "out of memory" is only a guess of the log line',
    causes: ['worker-killed', 'worker-oom', 'worker-timeout', 'deploy-restart'],
    rule: '`was sent SIGKILL!`, or in 20.1 `terminated due to signal 9`; after a WORKER TIMEOUT of the same pid, or a stop, it is the arbiter itself',
    source: 'gunicorn arbiter.py reap_workers (silent before 20.1)',
  },
  'worker-signaled': {
    title: 'a worker died of a signal',
    causes: ['worker-crash', 'worker-timeout'],
    rule: '`was sent SIGSEGV!`, `was sent code N!`, or `terminated due to signal N`; SIGABRT after a WORKER TIMEOUT of the same pid belongs to that, SIGTERM to a stop or reload',
    source: 'gunicorn arbiter.py reap_workers',
  },
  'worker-exited': {
    title: 'a worker ended by itself with an error code or an exception',
    causes: ['worker-crash', 'worker-timeout'],
    rule: '`exited with code N` other than 3 and 4, or an exception that ended a running worker; code 1 after a WORKER TIMEOUT of the same pid belongs to that',
    source: 'gunicorn arbiter.py reap_workers (21.0 and newer), spawn_worker',
  },
  'boot-failure': {
    title: 'the application could not be loaded, so Gunicorn gave up',
    causes: ['app-boot-failure'],
    rule: '`Exception in worker process`, `Worker failed to boot`, `App failed to load`, HaltServer, `exited with code 3` or `4`, or an uncaught import error',
    source: 'gunicorn arbiter.py spawn_worker, halt; util.py import_app',
  },
  'bind-failure': {
    title: 'Gunicorn could not bind the address it is to listen at',
    causes: ['bind-failure'],
    rule: "`Connection in use`, `Can't connect to` or `Invalid address` and a bare address, `Retrying in 1 second.`, `'/p' is not a socket`",
    source: 'gunicorn sock.py create_sockets',
  },
  'config-error': {
    title: "Gunicorn's own configuration or command line is wrong",
    causes: ['app-boot-failure'],
    rule: "`Error: …` or `gunicorn: error: …` on standard error, in one of Gunicorn's wordings",
    source: 'gunicorn app/base.py do_load_config, config.py, pidfile.py',
  },
  starting: {
    title: 'Gunicorn is starting',
    causes: ['deploy-restart'],
    rule: '`Starting gunicorn VERSION`, `Using worker: CLASS`',
    source: 'gunicorn arbiter.py start',
  },
  listening: {
    title: 'Gunicorn listens at these addresses',
    causes: ['address-mismatch'],
    rule: '`Listening at: ADDRESSES`; compared with the address NGINX connects to',
    source: 'gunicorn arbiter.py start, reload',
  },
  stopping: {
    title: 'Gunicorn is shutting down',
    causes: ['deploy-restart'],
    rule: '`Handling signal: term`, `int` or `quit`, `Shutting down: Master`',
    source: 'gunicorn arbiter.py run, halt',
  },
  reloading: {
    title: 'Gunicorn is replacing its workers or itself',
    causes: ['deploy-restart'],
    rule: '`Handling signal: hup` or `usr2`, `Hang up: Master`',
    source: 'gunicorn arbiter.py run, handle_hup, handle_usr2',
  },
  'worker-booting': {
    title: 'a worker has started; without a start of Gunicorn it replaces one that ended',
    causes: ['worker-crash'],
    rule: '`Booting worker with pid: N`',
    source: 'gunicorn arbiter.py spawn_worker',
  },
  'worker-exiting': {
    title: 'a worker has ended in an orderly way',
    causes: ['deploy-restart'],
    rule: '`Worker exiting (pid: N)`; missing when a worker was killed. `was sent SIGTERM!` at a normal end of some classes',
    source: 'gunicorn arbiter.py spawn_worker, reap_workers',
  },
  'worker-recycling': {
    title: 'a worker reached max_requests and restarts',
    causes: ['keepalive-race'],
    rule: '`Autorestarting worker after current request.`',
    source: 'gunicorn workers/*.py handle_request',
  },
  'parent-changed': {
    title: 'the master process vanished; its workers noticed and ended',
    causes: ['stale-unix-socket', 'worker-oom'],
    rule: '`Parent changed, shutting down`',
    source: 'gunicorn workers/sync.py is_parent_alive',
  },
  'request-error': {
    title: 'a request ended in an exception; Gunicorn answered 500, or cut an answer it had begun',
    causes: ['upstream-returned-5xx', 'premature-body-close'],
    rule: '`Error handling request` and its traceback; without a URI the answer had begun',
    source: 'gunicorn workers/base.py handle_error, workers/*.py handle_request',
  },
  'request-invalid': {
    title: 'Gunicorn refused a request it could not parse, with a 4xx of its own',
    causes: ['protocol-mismatch', 'tls-to-plain-backend'],
    rule: '`Invalid request from ip=…`',
    source: 'gunicorn workers/base.py handle_error',
  },
  'fd-exhausted': {
    title: 'a Gunicorn process is out of file descriptors',
    causes: ['gunicorn-fd-exhausted'],
    rule: 'an exception that is OSError with Errno 24 or 23',
    source: 'gunicorn arbiter.py spawn_worker, workers/*.py accept',
  },
  'unhandled-signal': {
    title: 'Gunicorn 24.0.0 ignores the end of its workers and never replaces them',
    causes: ['worker-crash'],
    rule: '`Unhandled signal: cld`, in 24.0.0 alone',
    source: 'gunicorn arbiter.py run',
  },
  'oom-kill': {
    title: 'a process was killed because memory ran out',
    causes: ['worker-oom'],
    rule: "`Killed process N (NAME)`, `oom-kill:…`, systemd's `killed by the OOM killer`, systemd-oomd, Kubernetes `OOMKilled`; not the process that invoked the OOM killer",
    source: 'linux mm/oom_kill.c __oom_kill_process; systemd unit.c, oomd-util.c',
  },
  'unit-started': {
    title: 'systemd has started the service',
    causes: ['deploy-restart'],
    rule: '`Started …`, `Scheduled restart job`',
    source: 'systemd job.c, service.c service_enter_restart',
  },
  'unit-stopped': {
    title: 'the service is being stopped, or ended by itself without an error',
    causes: ['deploy-restart'],
    rule: '`Stopping …`, `Stopped …`, `Deactivated successfully`, `stop-sigterm timed out`',
    source: 'systemd job.c, unit.c, service.c',
  },
  'unit-failed': {
    title: 'the service failed',
    causes: ['service-start-failure', 'app-boot-failure', 'bind-failure', 'worker-oom'],
    rule: "`Main process exited, code=…` and `Failed with result …`; status 3 is a worker that failed to boot and 4 an application that failed to load, 200 to 243 are systemd's own",
    source: 'systemd unit.c unit_log_process_exit, unit_log_failure; exit-status.c',
  },
  'unit-start-limit': {
    title: 'systemd gave up starting the service',
    causes: ['service-start-failure'],
    rule: '`Start request repeated too quickly`, `start-limit-hit`',
    source: 'systemd unit.c unit_test_start_limit',
  },
  segfault: {
    title: 'a process crashed in native code',
    causes: ['worker-crash'],
    rule: '`NAME[PID]: segfault at`, `traps: NAME[PID] general protection fault`',
    source: 'linux arch/x86/mm/fault.c show_signal_msg, kernel/traps.c',
  },
  'mac-denied': {
    title: 'SELinux or AppArmor denied the access',
    causes: ['selinux-denied'],
    rule: '`avc: denied` without permissive=1, `apparmor="DENIED"`, of NGINX or Gunicorn',
    source: 'linux security/selinux/avc.c, security/apparmor/audit.c',
  },
};
