import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { renderAlert } from '../../core/messages/render-alert.ts';
import { renderDiagnosis } from '../../core/messages/render-diagnosis.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import { diagnoseWithProgress } from './diagnose.ts';

/** Where the report is written: in the directory that is the current one. */
const PAGE = 'badgateway-report.html';

/** Replays a recorded incident, one directory a host: the diagnosis, the alert it would send, and the HTML report. */
export async function runDemo(directory: string): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const hosts = hostsOf(directory);
  const options = renderOptionsFor(process.stdout, process.env);
  const { bold } = options.style;
  process.stdout.write(
    `${bold('A recorded incident, read from real NGINX and Gunicorn logs:')}\n\n`,
  );
  const { report } = await diagnoseWithProgress({
    inputs: hosts.map((path) => ({ path, role: null })),
    host: null,
    timeZone: null,
    logFormat: null,
    gunicornVersion: null,
    sinceMs: null,
    untilMs: null,
  });
  const { subject, body } = renderAlert(report, { service: 'shop' });
  const mail = `Subject: ${subject}\n\n${body}`.replace(/^(?=.)/gm, '  ');
  const { writePage } = await import('./write-page.ts');
  writePage(PAGE, report);
  const next = `${bold('The same as a page, to open in a browser:')} ${resolve(PAGE)}
Now with your own logs: npm start -- diagnose access.log error.log gunicorn.log --html report.html`;
  process.stdout.write(renderDiagnosis(report, options));
  process.stdout.write(`\n${bold('The alert that would be sent:')}\n\n${mail}\n${next}\n`);
  return 0;
}

function hostsOf(directory: string): string[] {
  const near = relative(process.cwd(), directory) || directory;
  const entries = readEntries(directory).filter((entry) => entry.isDirectory());
  const hosts = entries.map((entry) => join(near, entry.name)).sort();
  return hosts.length > 0 ? hosts : [near];
}

function readEntries(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (cause) {
    throw new AppError('NoIncident', `the recorded incident is not at ${directory}`, {
      hint: 'it is part of a clone of the repository: run npm start there',
      cause,
    });
  }
}
