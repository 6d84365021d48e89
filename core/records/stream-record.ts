/** Log streams that something came from: what is silent was heard before. */
export type SeenStream = {
  readonly role: string;
  readonly host: string;
  /** Log group and log stream. */
  readonly path: string;
};

export function encodeStream({ role, host, path }: SeenStream): string {
  return JSON.stringify({ role, host, path });
}

export function decodeStream(body: string): SeenStream {
  const { role, host, path } = JSON.parse(body);
  return { role, host, path };
}
