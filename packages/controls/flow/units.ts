/** Room that is used again and again. A text that is longer has room of its own, until another one is asked for. */
const ROOM = new Uint16Array(16_384)
const ROOM_BYTES = Buffer.from(ROOM.buffer)

let units = ROOM
let kept = ''

/**
 * The UTF-16 units of a text. Every text is read some times over, and out of an array that takes a third of the time.
 *
 * Good until another text is asked for. What stands beyond the end of the text is of texts before it.
 *
 * @example unitsOf('ab') // Uint16Array [97, 98, ...]
 */
export function unitsOf(text: string): Uint16Array {
  if (text === kept) return units
  kept = text
  const isLong = text.length > ROOM.length
  units = isLong ? new Uint16Array(text.length) : ROOM
  if (IS_LITTLE_ENDIAN) (isLong ? Buffer.from(units.buffer) : ROOM_BYTES).write(text, 0, 'utf16le')
  else for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index)
  return units
}

/** On the few machines that are not, the order of the bytes in the array is another than that which is written. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
