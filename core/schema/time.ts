import * as z from 'zod';

/** A time as every document writes it: `2026-11-20T14:02:11.000Z`. */
export const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ id: 'Time', description: 'ISO 8601, UTC, with milliseconds' });
