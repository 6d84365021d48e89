import { gunzipSync, gzipSync } from 'node:zlib';
import { BenchError } from '../corpus.ts';

/** A first event for a function, as AWS would invoke it. `payload`: the `data` of an awslogs event. */
export function eventOf(name: string, payload: string): unknown {
  switch (name) {
    case 'ingest':
      return { awslogs: { data: withFilter(payload) } };
    case 'evaluate':
      return { Records: [{ messageId: '1', body: '{"service":"shop"}' }] };
    case 'subscribe':
      return {
        kind: 'refresh',
        request: { deployment: 'bench', destinationArn: 'arn', groups: [] },
      };
    default:
      throw new BenchError(`no event for the function "${name}"`);
  }
}

/** The generator knows nothing of our subscription filters. */
function withFilter(payload: string): string {
  const document = JSON.parse(gunzipSync(Buffer.from(payload, 'base64')).toString('utf8'));
  const role = String(document.logGroup).split('/').at(-1);
  const subscriptionFilters = [`badgateway/bench/shop/${role}/-`];
  const json = JSON.stringify({ ...document, subscriptionFilters });
  return gzipSync(json).toString('base64');
}
