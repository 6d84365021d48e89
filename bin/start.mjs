// `npm start`: without arguments the recorded incident, with arguments the command line tool.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/badgateway.cjs', import.meta.url);
const incident = new URL('../test/fixtures/lab/demo-report-timeouts', import.meta.url);

if (existsSync(bundle)) {
  const [node, script, ...given] = process.argv;
  process.argv = [node, script, ...(given.length > 0 ? given : ['demo', fileURLToPath(incident)])];
  await import(bundle.href);
} else {
  process.stderr.write('badgateway: not built yet\n  npm run build\n');
  process.exitCode = 2;
}
