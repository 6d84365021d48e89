import { describe, expect, it } from 'vitest';
import type { Mute } from '../../../core/incident/mutes.ts';
import { mutesDocumentOf, renderMutes } from '../../../core/messages/render-mutes.ts';
import { mutesSchema } from '../../../core/schema/mutes.ts';

const NOW = Date.parse('2026-11-20T14:00:00Z');
const MUTE: Mute = {
  id: 'm-5e884898',
  service: 'shop',
  cause: null,
  author: 'ann',
  reason: 'database migration',
  createdAt: NOW,
  expiresAt: NOW + 7_200_000,
  weekly: null,
};
const WEEKLY: Mute = {
  ...MUTE,
  id: 'm-00000001',
  service: null,
  cause: 'deploy-restart',
  reason: 'patches \u001b[31m',
  expiresAt: null,
  weekly: { days: ['Sat', 'Sun'], from: '02:00', to: '04:00', zone: 'Europe/Berlin' },
};

describe('mutes', () => {
  it('read as what, until when, why and by whom', () => {
    expect(renderMutes([MUTE, WEEKLY], NOW)).toMatchInlineSnapshot(`
      "m-5e884898  all of shop: until 2026-11-20T16:00:00Z (2 h)
                  database migration (ann, 2026-11-20T14:00:00Z)
      m-00000001  deploy-restart of all services: every Sat, Sun 02:00-04:00 Europe/Berlin, not now
                  patches \\x1B[31m (ann, 2026-11-20T14:00:00Z)
      "
    `);
  });

  it('are a document with times that programs read', () => {
    const document = mutesDocumentOf('listed', [MUTE, WEEKLY], NOW);
    expect(mutesSchema.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      schema: 'badgateway/mutes@1',
      action: 'listed',
      mutes: [
        {
          createdAt: '2026-11-20T14:00:00.000Z',
          expiresAt: '2026-11-20T16:00:00.000Z',
          active: true,
        },
        { expiresAt: null, active: false },
      ],
    });
  });
});
