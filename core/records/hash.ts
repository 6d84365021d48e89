/**
 * A 53-bit hash of a text (the mixing of MurmurHash3's 32-bit finaliser over two lanes), 11 characters in base 36.
 * For telling apart what nobody forges, such as CloudWatch's event ids; not for anything secret.
 */
export function hashOf(text: string, seed = 0): string {
  let low = 0x2c1b3c6d ^ seed;
  let high = 0x297a2d39 ^ seed;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x85ebca6b);
    high = Math.imul(high ^ code, 0xc2b2ae35);
  }
  low = mix(low) ^ mix(high ^ (high >>> 13));
  high = mix(high) ^ mix(low ^ (low >>> 13));
  const number = 0x100000000 * (high & 0x1fffff) + (low >>> 0);
  return number.toString(36).padStart(11, '0');
}

/** Twice as long: for keys that must never meet by chance. */
export function longHashOf(text: string): string {
  return hashOf(text) + hashOf(text, 0x5bd1e995);
}

function mix(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
