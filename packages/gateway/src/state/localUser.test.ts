import { userInfo } from 'node:os'
import { expect, it } from 'vitest'
import { localUser } from './localUser.ts'

const failing = (code: string) => () => {
  throw Object.assign(new Error('uv_os_get_passwd'), { code: 'ERR_SYSTEM_ERROR', info: { code } })
}

it('the user has a name, also where the system knows no more than a number', () => {
  expect(localUser(() => ({ username: 'ada' }))).toBe('ada')
  expect(localUser(failing('ENOENT'))).toBe(`uid-${process.getuid?.()}`)
})

it('any other failure is told: nobody becomes somebody by it', () => {
  expect(() => localUser(failing('EIO'))).toThrow('uv_os_get_passwd')
})

it('is the one that the system names', () => {
  let named: string | undefined
  try {
    named = userInfo().username
  } catch {
    named = `uid-${process.getuid?.()}`
  }
  expect(localUser()).toBe(named)
})
