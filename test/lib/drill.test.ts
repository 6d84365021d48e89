import { describe, expect, it } from 'vitest';
import { ofType, SHOP, synthesise } from './synthesise.ts';

const { resources, template } = synthesise(SHOP);

describe('the log group for drills', () => {
  it('is read by ingest under a service of its own, all that is written to it', () => {
    template.hasResourceProperties('AWS::Logs::SubscriptionFilter', {
      FilterName: 'badgateway/test/badgateway-drill/error/-',
      FilterPattern: '',
    });
  });

  it('is subscribed only once CloudWatch Logs may invoke the function', () => {
    const [permission] = ofType(resources, 'AWS::Lambda::Permission')[0] ?? [];
    const [, filter] =
      ofType(resources, 'AWS::Logs::SubscriptionFilter').find(([id]) => id.includes('Drill')) ?? [];
    expect(filter?.DependsOn).toContain(permission);
  });

  it('is written to by no function, so that nothing goes round in it', () => {
    const group = ofType(resources, 'AWS::Logs::LogGroup').find(([id]) => id.includes('Drill'));
    const policies = ofType(resources, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties);
    expect(group).toBeDefined();
    expect(JSON.stringify(policies)).not.toContain(group?.[0]);
    expect(JSON.stringify(policies)).not.toContain('/badgateway/test/drill');
  });

  it('keeps its service to itself', () => {
    const services = [{ name: 'badgateway-drill', logs: { error: '/x' } }];
    expect(() => synthesise({ services })).toThrow(
      'service "badgateway-drill" is the one that drills are counted under: use another name',
    );
  });
});
