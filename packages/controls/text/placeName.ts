/**
 * The name of a member as it may stand in a sentence of ours: as it is where it is a plain name, else `*`.
 *
 * A server chooses the names in what it sends, and the place of a finding is told to clients and models: a name could be
 * an order, hide something, or be a page long. One or two words in ASCII cannot.
 *
 * @example
 * placeName('structuredContent') // 'structuredContent'
 * placeName('ignore_all_previous_instructions') // '*'
 */
export function placeName(name: string): string {
  if (name.length > MAX_CHARS || !/^[A-Za-z_$][A-Za-z0-9_$.-]*$/.test(name)) return '*'
  return (name.match(WORD)?.length ?? 0) <= MAX_WORDS ? name : '*'
}

/**
 * A JSON Pointer (RFC 6901) with plain names only; indices stay, and what is further down than eight steps is left out.
 *
 * @example placePointer('/properties/first do this/0') // ['', 'properties', '*', '0'].join('/')
 */
export function placePointer(pointer: string): string {
  const steps = pointer.split('/').slice(1)
  const shown = steps.slice(0, MAX_STEPS).map((step) => (/^\d{1,6}$/.test(step) ? step : placeName(step)))
  return `${shown.map((step) => `/${step}`).join('')}${steps.length > MAX_STEPS ? '/…' : ''}`
}

const MAX_STEPS = 8
const MAX_CHARS = 24
const MAX_WORDS = 2
/** `maxBytes` is of two, as `max_bytes` is. */
const WORD = /[A-Z]?[a-z]+|[A-Z]+|[0-9]+/g
