import { join } from 'node:path';
import type { Stage } from './stage.ts';
import { runTool } from './tool.ts';

/** A self-signed certificate for one name, made by openssl in the scenario's folder. */
export function makeCertificate(stage: Stage, name: string): { key: string; cert: string } {
  const key = join(stage.work, `${name}.key`);
  const cert = join(stage.work, `${name}.crt`);
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-keyout', key, '-out', cert];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  runTool('openssl', ['req', '-x509', '-days', '2', ...kind, ...subject, ...files]);
  return { key, cert };
}
