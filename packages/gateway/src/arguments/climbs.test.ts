import { describe, expect, it } from 'vitest'
import { climbsOddly } from './climbs.ts'

describe('a climb that no honest path makes', () => {
  it.each([
    ['data/../../x', 'data/../x'],
    ['./data/../../x', './data/x/../y'],
    ['a/b/../../../c', 'a/b/../../c'],
    ['../a/../../b', '../../b'],
    ['data\\..\\..\\x', 'data\\..\\x'],
    ['/srv/data/../../../etc/passwd', '/srv/data/../other'],
    ['/../etc/passwd', '/etc/hosts'],
    ['C:\\a\\..\\..\\x', 'C:\\a\\..\\x'],
    ['file:///a/../../x', 'file:///a/../x'],
    ['../../../etc/passwd', '../../../shared/etc/app.yaml'],
    ['..\\..\\..\\Windows\\win.ini', '../etc/app.yaml'],
    ['../../../../../../proc/self/environ', '../../etc/app.yaml'],
    ['../.ssh/id_rsa', '../ssh/config'],
    ['../../.AWS/credentials', '../../aws/main.tf'],
    ['../.npmrc', '../npmrc.md'],
  ])('%s; and %s passes', (bad, good) => {
    expect(climbsOddly(bad)).toBeDefined()
    expect(climbsOddly(good)).toBeUndefined()
  })

  it.each([
    '',
    '..',
    '../..',
    '../sibling/src/a.ts',
    '../../../other-repo/src',
    'a..b',
    '...',
    '.../x',
    '..hidden/..x',
  ])('%j passes: only its server knows where it starts', (path) => expect(climbsOddly(path)).toBeUndefined())
})
