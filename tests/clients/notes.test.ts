/** What the example server promises, asked by a real client over both transports. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection, FormAnswer } from './client.ts'
import { directHttp, directStdio, type OpenRoute, type Reach } from './routes.ts'
import { sdkV1 } from './sdkV1.ts'
import { sdkV2 } from './sdkV2.ts'
import { exampleServers } from './servers.ts'

const scratch = await mkdtemp(join(tmpdir(), 'sallyport-notes-'))
afterAll(() => rm(scratch, { recursive: true, force: true }))

describe.each([directStdio, directHttp])('over $name', (route) => {
  let open: OpenRoute
  let reach: Reach
  let answer: FormAnswer
  const asked: string[] = []
  let connection: Connection

  beforeAll(async () => {
    const notes = exampleServers().find(({ id }) => id === 'notes')
    if (notes === undefined) throw new Error('there is no example server "notes"')
    open = await route.open([notes], scratch)
    reach = await open.to(notes)
    connection = await sdkV2('modern').connect(reach.target, {
      elicit: (message) => {
        asked.push(message)
        return answer
      },
    })
  })
  afterAll(async () => {
    await connection?.close()
    await open?.close()
  })

  async function idOf(words: string): Promise<string> {
    const { structuredContent } = await connection.callTool('search_notes', { words })
    const found = structuredContent as { notes: { id: string }[] }
    return found.notes[0]?.id ?? ''
  }

  it('a reminder is set as the person says', async () => {
    answer = { action: 'accept', content: { on: '2026-12-24', urgency: 'high' } }
    const result = await connection.callTool('set_reminder', { id: await idOf('Groceries') })
    expect(asked.at(-1)).toContain('Groceries')
    expect(result.structuredContent).toMatchObject({ reminder: { on: '2026-12-24', urgency: 'high' } })
  })

  it('no reminder is set when the person declines', async () => {
    answer = { action: 'decline' }
    const result = await connection.callTool('set_reminder', { id: await idOf('Release') })
    expect(result.structuredContent).not.toHaveProperty('reminder')
    expect(JSON.stringify(result.content)).toContain('No reminder')
  })

  it('an import that is cancelled stops', async () => {
    const abort = new AbortController()
    const draft = { body: '', tags: ['cancelled'] }
    const notes = Array.from({ length: 100 }, (_, index) => ({ ...draft, title: `note ${index}` }))
    const call = connection.callTool(
      'import_notes',
      { notes },
      { onProgress: () => abort.abort(), signal: abort.signal },
    )
    await expect(call).rejects.toThrow()
    const { structuredContent } = await connection.callTool('search_notes', { words: 'cancelled', limit: 50 })
    const added = (structuredContent as { notes: unknown[] }).notes.length
    expect(added).toBeGreaterThan(0)
    expect(added).toBeLessThan(50)
  })

  it.each([
    { name: 'search_notes', args: { words: 'x'.repeat(201) } },
    { name: 'search_notes', args: { words: '', limit: 1e9 } },
    { name: 'add_note', args: { title: 'x', body: 'y', extra: true } },
    { name: 'delete_note', args: { id: '../../etc/passwd' } },
  ])('$name refuses arguments beyond its schema', async ({ name, args }) => {
    expect(await connection.callTool(name, args)).toMatchObject({ isError: true })
  })

  it('a deleted note is gone', async () => {
    const id = await idOf('Book')
    expect(await connection.callTool('delete_note', { id })).toMatchObject({ isError: false })
    expect(await connection.callTool('delete_note', { id })).toMatchObject({ isError: true })
    await expect(connection.readResource(`note://${id}`)).rejects.toThrow()
  })

  it('a legacy client is refused', async () => {
    await expect(sdkV1.connect(reach.target)).rejects.toThrow(/protocol version/i)
  })
})
