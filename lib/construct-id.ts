/** An id that stays as long as the name does. A token's text changes with every token made before it. */
export function constructIdOf(name: string): string {
  return name.replaceAll(/\$\{Token\[([^\]]*?)[.\d]*\]\}/g, '$1');
}
