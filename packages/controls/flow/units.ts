/** Room that is used again and again; what is larger is not kept. */
const MAX_KEPT = 65_536

let room = new Uint16Array(4096)
let bytes = Buffer.from(room.buffer)
let kept = ''

/**
 * The UTF-16 units of a text. Every text is read some times over, and out of an array that takes a third of the time.
 *
 * Good until another text is asked for. What stands beyond the end of the text is of texts before it.
 *
 * @example unitsOf('ab') // Uint16Array [97, 98, ...]
 */
export function unitsOf(text: string): Uint16Array {
  if (text === kept) return room
  const { length } = text
  if (length > MAX_KEPT) return fill(new Uint16Array(length), text)
  if (length > room.length) {
    room = new Uint16Array(MAX_KEPT)
    bytes = Buffer.from(room.buffer)
  }
  kept = text
  return fill(room, text, bytes)
}

function fill(units: Uint16Array, text: string, asBytes = Buffer.from(units.buffer)): Uint16Array {
  if (IS_LITTLE_ENDIAN) asBytes.write(text, 0, 'utf16le')
  else for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index)
  return units
}

/** On the few machines that are not, the order of the bytes in the array is another than that which is written. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
