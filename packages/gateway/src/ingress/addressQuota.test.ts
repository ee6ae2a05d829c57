import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { AddressQuota } from './addressQuota.ts'

function socket(remoteAddress: string) {
  const made = new EventEmitter() as EventEmitter & {
    remoteAddress: string
    destroyed: boolean
    destroy(): void
  }
  made.remoteAddress = remoteAddress
  made.destroyed = false
  made.destroy = () => {
    made.destroyed = true
    made.emit('close')
  }
  return made
}

it('one address has so many connections, others theirs, and an end makes room', () => {
  const quota = new AddressQuota({ most: 2, exempt: (address) => address === '10.0.0.1', log: silentLog })
  const take = (address: string) => {
    const made = socket(address)
    quota.admit(made as unknown as Socket)
    return made
  }
  const [first, second, third] = [take('203.0.113.7'), take('::ffff:203.0.113.7'), take('203.0.113.7')]
  expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, true])
  expect(take('203.0.113.8').destroyed).toBe(false)
  for (let count = 0; count < 9; count++) expect(take('10.0.0.1').destroyed).toBe(false)
  first.destroy()
  expect(take('203.0.113.7').destroyed).toBe(false)
  expect(take('203.0.113.7').destroyed).toBe(true)
})

it('all addresses of one IPv6 network share what one address has; the next network has its own', () => {
  const quota = new AddressQuota({
    most: 2,
    exempt: (address) => address === '2001:db8::ffff',
    log: silentLog,
  })
  const take = (address: string) => {
    const made = socket(address)
    quota.admit(made as unknown as Socket)
    return made
  }
  const [first, second, third] = [take('2001:db8::1'), take('2001:db8::2:3'), take('2001:db8::4%eth0')]
  expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, true])
  expect(take('2001:db8:0:1::1').destroyed).toBe(false)
  expect(take('2001:db8::ffff').destroyed).toBe(false)
  second.destroy()
  expect(take('2001:db8::5').destroyed).toBe(false)
  expect(take('2001:db8::6').destroyed).toBe(true)
})
