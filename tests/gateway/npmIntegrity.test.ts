/**
 * Packages that the real npx fetches from a registry that lies: a version that was published anew gets no call of any
 * client. The tests of one era tell one story, in their order.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../clients/client.ts'
import { SALLYPORT } from '../program.ts'
import { FAULT_SERVER, type Home, makeHome } from './harness.ts'
import { type NpmRegistry, startNpmRegistry } from './npmRegistry.ts'
import { approveByCommand, connectAlone, ERAS, type Era, holdsOf, reached, use } from './poison.ts'

const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
const hasNpx = spawnSync('npx', ['--version'], { env: { ...process.env, PATH } }).status === 0
if (!hasNpx) console.warn('skipped: npx is not on this machine')

const NAME = 'integrity-probe'
const ANSWERED = { kind: 'answered' }
const REFUSED = { kind: 'refused', rule: 'pins/identity' }

/** The same tools with the same words, whatever else it does. */
const program = (more: string) =>
  `#!/usr/bin/env node\n${more}\nawait import(${JSON.stringify(FAULT_SERVER)})\n`

describe.skipIf(!hasNpx).each(ERAS)(
  'a %s server that npx fetches',
  (era: Era) => {
    const homes: Home[] = []
    let registry: NpmRegistry
    let home: Home
    let config: string
    let now: Connection | undefined

    const makeMachine = (): Home => {
      const made = makeHome()
      homes.push(made)
      writeFileSync(made.path('.npmrc'), `registry=${registry.url}\nupdate-notifier=false\nfund=false\n`)
      return made
    }
    const configure = (of: Home): string => {
      const own = ['--era', era, '--name', 'pkg', '--log', of.path('pkg.log')]
      const command = ['npx', '-y', `${NAME}@1.0.0`, ...own]
      // The most that an operator can trust: what is new is pinned, and what changes is accepted.
      const pkg = {
        command,
        era,
        trust: 'trusted',
        env: { PATH },
        cwd: of.dir,
        startDeadline: '2m',
        deadline: '2m',
      }
      return of.configure({ servers: { pkg } })
    }
    const call = async (of = home, by = config) => {
      await now?.close()
      now = await connectAlone(of, by, era)
      return await use(now, 'tool', 'pkg__echo')
    }
    const emptyCache = () => rmSync(home.path('.npm'), { recursive: true, force: true })
    const lockOf = (of: Home) => readFileSync(of.path('sallyport.lock'), 'utf8')
    const ran = () => home.witness('pkg.log').length

    beforeAll(async () => {
      registry = await startNpmRegistry()
      registry.publish(NAME, '1.0.0', program(''))
      home = makeMachine()
      config = configure(home)
    })
    afterAll(async () => {
      await now?.close()
      for (const one of homes) one.remove()
      await registry?.close()
    })

    it('is answered from at the first start, and its bytes are in the lock from then on', async () => {
      expect(await call()).toMatchObject(ANSWERED)
      expect(lockOf(home)).toMatch(/"npm:integrity-probe@1\.0\.0 sha512-[A-Za-z0-9+/]{86}=="/)
    })

    it('starts again, also into an emptied cache, with nothing asked', async () => {
      const lock = lockOf(home)
      expect(await call()).toMatchObject(ANSWERED)
      emptyCache()
      expect(await call()).toMatchObject(ANSWERED)
      expect(lockOf(home)).toBe(lock)
      expect(await holdsOf(home, 'pkg')).toEqual([])
    })

    it('starts on the machine of somebody who has the same lock and nothing installed', async () => {
      const mate = makeMachine()
      const own = configure(mate)
      copyFileSync(home.path('sallyport.lock'), mate.path('sallyport.lock'))
      expect(await call(mate, own)).toMatchObject(ANSWERED)
      expect(lockOf(mate)).toBe(lockOf(home))
    })

    it('gets no call when its version was published anew, and is not started again', async () => {
      registry.publish(NAME, '1.0.0', program('// and something else'))
      emptyCache()
      const before = ran()
      expect(await call()).toMatchObject(REFUSED)
      // It had to run before anybody could know its bytes; all it was told is that somebody is there.
      const told = home.witness('pkg.log').slice(before)
      const greeting = era === 'modern' ? ['server/discover'] : ['initialize', 'notifications/initialized']
      expect(told.map(({ method }) => method)).toEqual(greeting)
      expect(await holdsOf(home, 'pkg')).toMatchObject([{ kind: 'identity', rule: 'pins/identity' }])
      const lines = ran()
      expect(await call()).toMatchObject(REFUSED)
      expect(ran()).toBe(lines)
    })

    it('goes on when a person approved the other bytes', async () => {
      await now?.close()
      const args = [SALLYPORT, '--config', config, 'review', 'pkg/identity']
      const review = spawnSync(process.execPath, args, { env: home.env, cwd: home.dir, encoding: 'utf8' })
      expect(review.stdout).toContain('the same version of its package has other bytes')
      await approveByCommand(home, config, 'pkg')
      const before = reached(home, 'pkg').length
      expect(await call()).toMatchObject(ANSWERED)
      expect(reached(home, 'pkg').length).toBe(before + 1)
    })
  },
  240_000,
)
