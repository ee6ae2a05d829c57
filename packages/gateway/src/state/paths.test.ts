import { expect, test } from 'vitest'
import { statePaths } from './paths.ts'

const homeDir = '/home/ada'

test('without variables, the folders of the XDG specification', () => {
  expect(statePaths({ env: {}, homeDir })).toEqual({
    config: '/home/ada/.config/sallyport',
    state: '/home/ada/.local/state/sallyport',
    data: '/home/ada/.local/share/sallyport',
    cache: '/home/ada/.cache/sallyport',
    runtime: '/home/ada/.local/state/sallyport/run',
  })
})

test('variables move them', () => {
  const env = {
    XDG_CONFIG_HOME: '/c',
    XDG_STATE_HOME: '/s',
    XDG_DATA_HOME: '/d',
    XDG_CACHE_HOME: '/k',
    XDG_RUNTIME_DIR: '/run/user/1',
  }
  expect(Object.values(statePaths({ env, homeDir }))).toEqual([
    '/c/sallyport',
    '/s/sallyport',
    '/d/sallyport',
    '/k/sallyport',
    '/run/user/1/sallyport',
  ])
})

test.each(['', '.', 'relative', './x', '../x'])(
  'a value of %j is ignored: it would lead into the current project',
  (value) => {
    const env = {
      XDG_CONFIG_HOME: value,
      XDG_STATE_HOME: value,
      XDG_DATA_HOME: value,
      XDG_CACHE_HOME: value,
      XDG_RUNTIME_DIR: value,
    }
    expect(statePaths({ env, homeDir })).toEqual(statePaths({ env: {}, homeDir }))
  },
)
