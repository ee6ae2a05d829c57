/**
 * One step further in a JSON Pointer (RFC 6901): the place of a member or, by its index, of an entry.
 *
 * @example pointerTo('/paths', 'a/b') // '/paths/a~1b'
 */
export function pointerTo(where: string, key: string | number): string {
  return `${where}/${typeof key === 'number' ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
