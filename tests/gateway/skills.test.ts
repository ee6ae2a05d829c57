/** Skills (SEP-2640) of many servers as one catalog, for the real client of the SDK in either era. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Skill, SkillsClient } from '@modelcontextprotocol/client/ext/skills'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'

const SERVER = fileURLToPath(new URL('./extensionServer.ts', import.meta.url))
const args = (name: string, era: string, skills: string) => [
  SERVER,
  ...['--name', name, '--era', era, '--skills', skills],
]

let home: Home
let remote: ChildProcess
let gateway: HttpGateway
const clients: Client[] = []

beforeAll(async () => {
  home = makeHome()
  remote = spawn(process.execPath, [...args('web', 'modern', 'sites'), '--http'], { stdio: 'pipe' })
  const [line] = (await once(remote.stdout ?? process.stdin, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
  gateway = await startHttpGateway(home, {
    servers: {
      // The stranger comes first: what it takes, it would take from the others.
      ops: {
        command: [process.execPath, ...args('ops', 'legacy', 'forms,runbook')],
        era: 'legacy',
        trust: 'partial',
      },
      docs: {
        command: [process.execPath, ...args('docs', 'modern', 'forms,manual')],
        era: 'modern',
        trust: 'trusted',
      },
      web: { url, era: 'modern', trust: 'trusted' },
    },
  })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await gateway?.stop()
  remote?.kill()
  home?.remove()
})

async function connect(
  era: 'legacy' | 'modern',
  path = '',
): Promise<{ client: Client; skills: SkillsClient }> {
  const mode = era === 'legacy' ? 'legacy' : { pin: '2026-07-28' as const }
  const client = new Client({ name: 'test-skills', version: '1' }, { versionNegotiation: { mode } })
  clients.push(client)
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url + path)))
  return { client, skills: new SkillsClient(client) }
}

const textOf = (contents: readonly object[]) => contents.map((part) => ('text' in part ? part.text : ''))

describe.each(['modern', 'legacy'] as const)('a %s client of three servers with skills', (era) => {
  it('reads a skill that it was not shown yet from the server that lists it', async () => {
    const { client } = await connect(era)
    // Three servers cover all of skill://, one of them more trusted than the owner.
    const { contents } = await client.readResource({ uri: 'skill://runbook/notes/one.md' })
    expect(textOf(contents)).toEqual(['one of ops'])
  })

  it('sees them as one list, each once: of two of one name the more trusted server keeps it', async () => {
    const { skills } = await connect(era)
    expect(skills.supported).toBe(true)
    const found = await skills.list()
    const shown = found.skills.map(({ uri, frontmatter }) => `${uri} ${frontmatter.description}`)
    expect(shown).toEqual([
      'skill://runbook/SKILL.md runbook of ops',
      'skill://forms/SKILL.md forms of docs',
      'skill://manual/SKILL.md manual of docs',
      'skill://sites/SKILL.md sites of web',
    ])
  })

  it('gets, reads and verifies every file of each from the server it belongs to', async () => {
    const { skills } = await connect(era)
    const { skills: all } = await skills.list()
    const read = async (skill: Skill) => {
      const { skill: again } = await skills.get(skill.uri)
      expect(again).toEqual(skill)
      const manifest = await skills.read(skill)
      const note = await skills.read(skill, 'notes/one.md')
      expect([manifest.verified, note.verified]).toEqual([true, true])
      const folder = skill.uri.replace('SKILL.md', 'notes')
      const { resources } = await skills.readDirectory(folder)
      expect(resources.map(({ uri }) => uri)).toEqual([`${folder}/one.md`])
      return note.text
    }
    expect(await Promise.all(all.map(read))).toEqual([
      'one of ops',
      'one of docs',
      'one of docs',
      'one of web',
    ])
  })

  it('is told when nobody has a skill', async () => {
    const { skills } = await connect(era)
    await expect(skills.get('skill://nowhere/SKILL.md')).rejects.toThrow()
  })

  it('sees those of one server at its own path, collisions or not', async () => {
    const { skills } = await connect(era, '/ops')
    const found = await skills.list()
    expect(found.skills.map(({ frontmatter }) => frontmatter.description)).toEqual([
      'forms of ops',
      'runbook of ops',
    ])
  })
})
