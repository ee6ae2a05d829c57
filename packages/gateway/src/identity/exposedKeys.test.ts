import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { ExposedKeys } from './exposedKeys.ts'
import { newKey } from './keys/keyText.ts'

it('the operator is told of an exposed key once, by its id alone, and cannot be told of endless ones (KEY-010)', () => {
  const said: string[] = []
  const exposed = new ExposedKeys({
    ...silentLog,
    warn: (event, fields) => said.push(JSON.stringify([event, fields])),
  })
  const { id, text } = newKey(randomBytes)
  expect([exposed.in(`/mcp?a=b&anything=${text}`), exposed.in(`/mcp?${text}`)]).toEqual([id, id])
  expect(exposed.in('/mcp?api_key=sp_x')).toBeUndefined()
  expect(exposed.in(`/${text}`)).toBeUndefined()
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(id)
  expect(said[0]).not.toContain(text.slice(14))
  for (let at = 0; at < 500; at++) exposed.in(`/mcp?${newKey(randomBytes).text}`)
  expect(said).toHaveLength(100)
})
