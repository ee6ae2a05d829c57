import type { JsonObject } from '@sallyport/controls/json'
import { expect, it } from 'vitest'
import { mapTextsInTurns, type TextLook } from './textTurns.ts'

const LARGE = 1_000_000

/** Works for a while on each text, as a hostile one makes a control do. */
function busy(text: string, ms: number): string {
  const until = performance.now() + ms
  while (performance.now() < until);
  return text.replaceAll('!', '')
}

const lookFor = (ms: number): TextLook<string> => ({
  wants: (text) => text !== 'left',
  look: (text) => busy(text, ms),
  visit: (_text, _path, _isKey, looked) => looked,
})

const body = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k!${at}`, [`v!${at}`.padEnd(600), 'left']]))

it('others get their turn while a large answer has every one of its texts changed', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  const shown = await mapTextsInTurns(body(100), LARGE, lookFor(1))
  clearInterval(counting)
  expect(Object.keys(shown)[99]).toBe('k99')
  // 200 ms of work in turns of 20.
  expect(turns).toBeGreaterThan(2)
})

it('shows the same of a large answer as of a small one', async () => {
  expect(await mapTextsInTurns(body(20), LARGE, lookFor(0))).toEqual(
    mapTextsInTurns(body(20), 10, lookFor(0)),
  )
})

it('gives back the very body where nothing changes', async () => {
  const plain: JsonObject = { content: [{ type: 'text', text: 'as it was' }] }
  expect(await mapTextsInTurns(plain, LARGE, lookFor(0))).toBe(plain)
  expect(mapTextsInTurns(plain, 10, lookFor(0))).toBe(plain)
})

it('a look that throws is the failure of the whole, in whatever turn it comes', async () => {
  const look: TextLook<string> = {
    ...lookFor(1),
    look: (text) => {
      if (text.startsWith('v!99')) throw new Error('broken')
      return busy(text, 1)
    },
  }
  await expect(async () => mapTextsInTurns(body(100), LARGE, look)).rejects.toThrow('broken')
})
