import { describe, expect, it } from 'vitest';
import { readEnvironment, readServices } from '../../adapters/aws/read-environment.ts';
import { DRILL_SERVICE, ENV, type ServiceContract } from '../../core/contract.ts';
import { encodeServices } from '../../lib/encode-services.ts';
import type { ServiceProps } from '../../lib/props.ts';
import { ofType, SHOP, synthesise } from './synthesise.ts';

const { template, resources } = synthesise(SHOP);
const functions = ofType(resources, 'AWS::Lambda::Function');

describe('the functions', () => {
  it('are three bundles on Node 24 and arm64, and nothing that the CDK adds', () => {
    expect(functions).toHaveLength(3);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON' },
    });
  });

  it('log to a group of their own', () => {
    const groups = functions.map(([, { Properties }]) => Properties.LoggingConfig.LogGroup.Ref);
    expect(groups.map((id) => resources[id]?.Properties.LogGroupName).sort()).toEqual([
      '/badgateway/test/evaluate',
      '/badgateway/test/ingest',
      '/badgateway/test/subscribe',
    ]);
  });

  it('have a dead-letter queue each, for events that were tried as often as they may', () => {
    const queues = functions.map(([, { Properties }]) =>
      idOf(Properties.DeadLetterConfig.TargetArn),
    );
    expect(new Set(queues).size).toBe(3);
    const tries = ofType(resources, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => [
      Properties.FunctionName.Ref.replace(/^BadGateway|Function[0-9A-F]{8}$/g, ''),
      Properties.MaximumRetryAttempts,
      Properties.MaximumEventAgeInSeconds,
    ]);
    expect(tries.sort()).toEqual([
      ['Evaluate', 0, 300],
      ['Ingest', 2, 21_600],
      ['SubscriptionsSubscribe', 2, 900],
    ]);
  });

  it('are invoked by schedules whose failures go to the same queue', () => {
    const found = ofType(resources, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => {
      const [id, target] =
        functions.find(([name]) => name === idOf(Properties.Target.Arn)) ?? raise('no target');
      const queue = idOf(target.Properties.DeadLetterConfig.TargetArn);
      expect(idOf(Properties.Target.DeadLetterConfig.Arn)).toBe(queue);
      return [id.replace(/[0-9A-F]{8}$/, ''), Properties.ScheduleExpression];
    });
    expect(found.sort()).toEqual([
      ['BadGatewayEvaluateFunction', 'rate(1 minute)'],
      ['BadGatewaySubscriptionsSubscribeFunction', 'rate(5 minutes)'],
    ]);
  });

  it('are woken for one service at a time, which fails alone', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });
});

describe('the environment', () => {
  it('tells a function what it is to read', () => {
    const { Environment } = ingestOf(resources);
    const names = [ENV.table, ENV.wakeQueueUrl, ENV.services, ENV.deployment];
    expect(Object.keys(Environment.Variables).sort()).toEqual([...names].sort());
    const environment = readEnvironment({ ...Environment.Variables, [ENV.table]: 'table' });
    expect(environment.deployment).toBe('test');
    expect(environment.services).toEqual([
      {
        name: 'shop',
        roles: ['access', 'error', 'gunicorn', 'system', 'app'],
        formats: { badgateway: 'badgateway' },
        streams: [],
        gunicornVersion: null,
        workerClass: null,
        timeoutSeconds: null,
        unit: null,
      } satisfies ServiceContract,
      DRILL_SERVICE,
    ]);
  });

  it('tells as much of many services, packed', () => {
    const services = Array.from({ length: 60 }, (_, index) => serviceOf(index));
    const encoded = encodeServices(services);
    expect(encoded).toMatch(/^z/);
    expect(encoded.length).toBeLessThan(3_000);
    expect(readServices({ [ENV.services]: encoded })).toEqual(services);
  });

  it('is refused at synthesis when Lambda would refuse it', () => {
    const format = (index: number) =>
      `$remote_addr [$time_local] "$request" $status ${noise(index)} $upstream_status`;
    const services: ServiceProps[] = Array.from({ length: 40 }, (_, index) => ({
      name: `service-${index}`,
      logs: { access: { name: `/${index}`, format: format(index) } },
    }));
    expect(() => synthesise({ services })).toThrow(
      /^what the function "ingest" must know of the services takes \d{4,} bytes, Lambda allows 4096: give several/,
    );
  });

  it('that lacks a variable, or has another thing in it, is an error that names it', () => {
    expect(() => readEnvironment({})).toThrow('environment variable BADGATEWAY_TABLE is not set');
    expect(() => readServices({ [ENV.services]: 'z!' })).toThrow(
      'environment variable BADGATEWAY_SERVICES is not a list of services',
    );
  });
});

function ingestOf(found: typeof resources) {
  const [, ingest] =
    ofType(found, 'AWS::Lambda::Function').find(([id]) => id.includes('Ingest')) ??
    raise('no ingest function');
  return ingest.Properties;
}

function idOf(arn: { 'Fn::GetAtt': [string, string] }): string {
  return arn['Fn::GetAtt'][0];
}

function serviceOf(index: number): ServiceContract {
  return {
    name: `service-${index}`,
    roles: ['access', 'error', 'gunicorn'],
    formats: { combined: 'combined' },
    streams: ['{host}/nginx'],
    gunicornVersion: '23.0.0',
    workerClass: 'gthread',
    timeoutSeconds: 30 + index,
    unit: `service-${index}.service`,
  };
}

/** Text that cannot be packed. */
function noise(seed: number): string {
  let state = seed + 1;
  return Array.from({ length: 160 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return 'abcdefghijklmnopqrstuvwxyz0123456789'.charAt(state % 36);
  }).join('');
}

function raise(message: string): never {
  throw new Error(message);
}
