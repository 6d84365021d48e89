import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from './client.ts';
import { workRoot } from './environment.ts';
import type { Target } from './exchange.ts';
import { FORMATS } from './formats.ts';
import { type Gunicorn, type GunicornOptions, startGunicorn } from './gunicorn.ts';
import { Ledger } from './ledger.ts';
import { type Nginx, startNginx } from './nginx.ts';
import type { NginxOptions } from './nginx-config.ts';
import { endGroup, type LaunchOptions, launch, type Running } from './processes.ts';
import { type Random, seededRandom } from './random.ts';
import { shopperPath } from './shoppers.ts';
import { until } from './wait.ts';

/** Everything one scenario plays with: its folders, servers and client, and the way to clear them all away. */
export class Stage {
  readonly name: string;
  /** Scratch folder; `logs/` below it becomes the scenario's output. */
  readonly work: string;
  readonly logs: string;
  readonly shop: string;
  readonly marks: string;
  readonly ledger = new Ledger();
  readonly random: Random;
  readonly versions = { gunicorn: new Set<string>(), workerClass: new Set<string>() };
  readonly args = new Set<readonly string[]>();
  readonly #venvs: string;
  #marks = 0;
  readonly #cleanups: (() => Promise<void> | void)[] = [];

  constructor(name: string, venvs: string) {
    this.name = name;
    this.#venvs = venvs;
    this.work = join(workRoot, name);
    this.logs = join(this.work, 'logs');
    this.shop = join(this.work, 'shop');
    this.marks = join(this.work, 'marks');
    this.random = seededRandom(name);
    rmSync(this.work, { recursive: true, force: true });
    for (const folder of [this.logs, this.marks]) mkdirSync(folder, { recursive: true });
    cpSync(join(import.meta.dirname, 'app'), this.shop, { recursive: true });
  }

  /** Starts an NGINX whose logs become part of the output. */
  async nginx(options: NginxOptions): Promise<Nginx> {
    const host = options.host ?? '';
    const nginx = await startNginx(options, join(this.work, 'nginx', host), join(this.logs, host));
    this.onEnd(() => endGroup(nginx.running));
    this.args.add(FORMATS[options.format ?? 'combined'].args);
    return nginx;
  }

  /** Starts a Gunicorn whose log becomes part of the output. */
  async gunicorn(options: GunicornOptions): Promise<Gunicorn> {
    this.versions.gunicorn.add(options.version);
    this.versions.workerClass.add(options.workerClass ?? 'sync');
    const gunicorn = await startGunicorn(options, {
      venvs: this.#venvs,
      shop: this.shop,
      logs: join(this.logs, options.host ?? ''),
      marks: this.marks,
    });
    this.onEnd(() => endGroup(gunicorn.running));
    return gunicorn;
  }

  /** Starts anything else. */
  launch(options: LaunchOptions): Running {
    const running = launch(options);
    this.onEnd(() => endGroup(running));
    return running;
  }

  /** A client of one NGINX; all clients of a scenario count into the same ledger. */
  client(server: { readonly target: Target }): Client {
    return new Client(server.target, this.ledger, this.random);
  }

  /** Healthy visits, one after the other. */
  async shoppers(client: Client, count: number, everyMs = 20): Promise<void> {
    await client.series(count, () => shopperPath(this.random), {}, everyMs);
  }

  /** A name for ?mark= that this scenario has not used yet. */
  newMark(): string {
    this.#marks += 1;
    return `victim-${this.#marks}`;
  }

  /** The pid of the worker that holds the request sent with ?mark=NAME. */
  async workerAt(mark: string): Promise<number> {
    const file = join(this.marks, mark);
    await until(`a worker to take ${mark}`, () => existsSync(file));
    return Number(readFileSync(file, 'utf8'));
  }

  /** Connects to a port of ours and says nothing until the scenario is over. */
  holdOpen(port: number): void {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => socket.destroy());
    this.onEnd(() => void socket.destroy());
  }

  /** Puts a file into the shop, as a deploy does. */
  write(name: string, text: string): void {
    writeFileSync(join(this.shop, name), text);
  }

  /** Runs when the scenario is over, however it ended; last come, first served. */
  onEnd(cleanup: () => Promise<void> | void): void {
    this.#cleanups.unshift(cleanup);
  }

  /** Ends every process and undoes whatever else was set up. */
  async clear(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) await cleanup();
  }
}
