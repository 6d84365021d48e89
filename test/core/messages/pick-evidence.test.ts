import { expect, it } from 'vitest';
import { pickEvidence } from '../../../core/messages/pick-evidence.ts';
import { evidence } from './sample-reports.ts';

const access = (path: string, status: number): string =>
  `10.0.0.1 - - [20/Nov/2026:14:02:41 +0000] "GET ${path} HTTP/1.1" ${status} 1 "-" "-"`;

it('shows one line of each kind', () => {
  const lines = [
    evidence('access', '14:02:41', 'access.log:1', access('/a', 502)),
    evidence('access', '14:02:42', 'access.log:2', access('/b', 502)),
    evidence('access', '14:02:43', 'access.log:3', access('/b', 504)),
    evidence('gunicorn', '14:02:41', 'g.log:1', 'WORKER TIMEOUT (pid:12)'),
    evidence('gunicorn', '14:02:41', 'g.log:2', 'WORKER TIMEOUT (pid:345)'),
    evidence('gunicorn', '14:02:42', 'g.log:3', 'Worker (pid:12) exited with code 1'),
  ];
  expect(pickEvidence(lines).map(({ lineNumber }) => lineNumber)).toEqual([1, 3, 1, 3]);
});
