import type { ConfigSource } from './config.ts'

/**
 * A sentence that begins with a key of the file, with the place where that key stands: what is only noticed when a gateway starts
 * is to be found as quickly as what is noticed when the file is read. Any other sentence is left as it is.
 *
 * @example withPlace('listen.tls.key /k.pem cannot be read (ENOENT)', config.source) // '... (ENOENT) at /etc/sallyport.yaml:4:28'
 */
export function withPlace(explain: string, source: ConfigSource): string {
  if (source.kind !== 'file') return explain
  // One word is no key: errors of the system begin with `listen`.
  const [key = ''] = /^[a-z][A-Za-z]*\.[^\s:]+/.exec(explain) ?? []
  const pointer = `/${key.replaceAll(/\[(\d+)\]/g, '.$1').replaceAll('.', '/')}`
  const place = source.places?.get(pointer)
  return place === undefined ? explain : `${explain} at ${source.path}:${place.line}:${place.column}`
}
