import { expect, it, vi } from 'vitest'
import type { RunningGateway } from '../assemble.ts'
import { configOf } from '../config/testing/parse.ts'
import { silentLog } from '../log.ts'
import { type Environment, Gateways, MAX_GATEWAYS } from './gateways.ts'

const config = configOf('version: 1\ndaemon: { idle: 1s }')

/** Gateways that only say when they start, reload and end. */
function world(fails: () => boolean = () => false) {
  const said: string[] = []
  const changed = vi.fn()
  const start = async (_config: unknown, environment: Environment): Promise<RunningGateway> => {
    const name = environment.NAME ?? 'none'
    said.push(`start ${name}`)
    if (fails()) throw new Error('the trail cannot be opened')
    return {
      gateway: { reload: async () => said.push(`reload ${name}`) },
      close: async () => said.push(`end ${name}`),
    } as unknown as RunningGateway
  }
  return { said, changed, gateways: new Gateways({ config, log: silentLog, start, changed }) }
}

async function must(gateways: Gateways, environment: Environment) {
  const claim = await gateways.claim(environment)
  if (claim === undefined) throw new Error('too many')
  return claim
}

it('hosts with the same values share a gateway, in whatever order they name them; others have their own', async () => {
  const { gateways, said } = world()
  const one = await must(gateways, { NAME: 'a', PATH: '/bin' })
  const [two, three] = await Promise.all([
    must(gateways, { PATH: '/bin', NAME: 'a' }),
    must(gateways, { NAME: 'b', PATH: '/bin' }),
  ])
  expect(two.running).toBe(one.running)
  expect(three.running).not.toBe(one.running)
  expect((await must(gateways, { NAME: 'a', PATH: '' })).running).not.toBe(one.running)
  expect((await must(gateways, { NAME: 'a' })).running).not.toBe(one.running)
  expect(said).toEqual(['start a', 'start b', 'start a', 'start a'])
  await gateways.close()
})

it('one that nobody uses ends after a while, one that is used again does not', async () => {
  vi.useFakeTimers()
  try {
    const { gateways, said, changed } = world()
    const one = await must(gateways, { NAME: 'a' })
    one.release()
    one.release()
    await vi.advanceTimersByTimeAsync(900)
    const again = await must(gateways, { NAME: 'a' })
    expect(again.running).toBe(one.running)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(said).toEqual(['start a'])
    again.release()
    await vi.advanceTimersByTimeAsync(1_100)
    expect(said).toEqual(['start a', 'end a'])
    expect(gateways.size).toBe(0)
    expect(changed).toHaveBeenCalledTimes(3)
  } finally {
    vi.useRealTimers()
  }
})

it('one that could not start is no one’s for good: who waited is told, the next one tries again', async () => {
  let broken = true
  const { gateways } = world(() => broken)
  await Promise.all(
    [1, 2].map(() => expect(gateways.claim({ NAME: 'a' })).rejects.toThrow('the trail cannot be opened')),
  )
  expect(gateways.size).toBe(0)
  broken = false
  expect(await gateways.claim({ NAME: 'a' })).toBeDefined()
  await gateways.close()
})

it('all of them follow the configuration, and there are never more than a few', async () => {
  const { gateways, said } = world()
  for (let at = 0; at < MAX_GATEWAYS; at++) await must(gateways, { NAME: String(at) })
  expect(await gateways.claim({ NAME: 'one more' })).toBeUndefined()
  expect(await gateways.claim({ NAME: '0' })).toBeDefined()
  gateways.reload(config)
  await vi.waitFor(() => expect(said.filter((one) => one.startsWith('reload'))).toHaveLength(MAX_GATEWAYS))
  await gateways.close()
  expect(said.filter((one) => one.startsWith('end'))).toHaveLength(MAX_GATEWAYS)
})

it('those that are only kept warm make room: hosts that left shut nobody out', async () => {
  const { gateways, said } = world()
  const kept = await must(gateways, { NAME: 'in use' })
  for (let at = 0; at < MAX_GATEWAYS; at++) {
    const claim = await must(gateways, { NAME: String(at) })
    if (at === 0) await must(gateways, { NAME: '1' })
    claim.release()
  }
  expect(said.filter((one) => one.startsWith('end'))).toEqual(['end 0'])
  expect((await must(gateways, { NAME: 'in use' })).running).toBe(kept.running)
  await gateways.close()
})
