import * as z from 'zod';

/** The JSON Schema (draft 2020-12) of a zod schema, as `docs/schema/` keeps it. */
export function renderJsonSchema(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
}
