/** What is on the record under `identity` and `secrets` is in the docs, so that somebody can look for it and alert on it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SERVER_EVENTS } from '../../packages/gateway/src/identity/server/serverEvents.ts'
import { ROOT, trackedFiles } from './trackedFiles.ts'

/** `event: 'identity.x'`, and the event as an argument: `record(options, 'secrets.set', name)`. */
const RECORDED = /(?:event: |record\(\w+, )'((?:identity|secrets)\.[a-z-]+)'/g

const page = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8')

it('every event of the authorization server is listed where its record is described', () => {
  const section = /\n## On the record\n([^#]+)/.exec(page('sign-in.md'))?.[1] ?? ''
  const named = new Set([...section.matchAll(/`(?:identity\.)?([a-z-]+)`/g)].map((match) => match[1]))
  expect(SERVER_EVENTS.filter((event) => !named.has(event))).toEqual([])
})

it('every other event about who comes in, and about secrets, is in the docs by its whole name', () => {
  const docs = trackedFiles()
    .filter((path) => /^docs\/[a-z-]+\.md$/.test(path))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n')
  const files = trackedFiles().filter(
    (path) => /^packages\/gateway\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
  )
  const events = files.flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(RECORDED)].map((match) => match[1] ?? ''),
  )
  expect(events).toEqual(expect.arrayContaining(['identity.ended', 'identity.key-created', 'secrets.set']))
  expect(events.filter((event) => !docs.includes(`\`${event}\``))).toEqual([])
})
