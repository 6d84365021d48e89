/** An AWS endpoint that answers everything at once and stores nothing: what is measured is the function's own time. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** The SDK checks the hash of a message it has sent. */
function answer(target: string, body: string): unknown {
  switch (target) {
    case 'DynamoDB_20120810.Query':
      return { Items: [], Count: 0 };
    case 'AmazonSQS.SendMessage': {
      const message = String((JSON.parse(body) as { MessageBody: string }).MessageBody);
      const hash = createHash('md5').update(message).digest('hex');
      return { MessageId: '1', MD5OfMessageBody: hash };
    }
    case 'Logs_20140328.DescribeLogGroups':
      return { logGroups: [] };
    default:
      return {};
  }
}

const server = createServer(async (request: IncomingMessage, response) => {
  const body = await text(request);
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.end(JSON.stringify(answer(String(request.headers['x-amz-target'] ?? ''), body)));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : 0}\n`);
});
