import { ATTACKS } from './attacks/index.ts'

/**
 * The attacks that these names mean. Without any, and for `all`: every one that does not spoil the whole list for the
 * others. `none`: the server is honest.
 *
 * @throws RangeError names one that is not there, and all that are
 * @example chooseAttacks(['description', 'rug-calls'])
 */
export function chooseAttacks(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => name !== 'all' && name !== 'none' && !Object.hasOwn(ATTACKS, name))
  if (unknown !== undefined) {
    const known = ['all', 'none', ...Object.keys(ATTACKS)].join(' ')
    throw new RangeError(`there is no attack "${unknown}"; there are: ${known}`)
  }
  if (names.includes('none')) return []
  const all = Object.keys(ATTACKS).filter((name) => ATTACKS[name]?.alone !== true)
  return names.length === 0 || names.includes('all') ? [...new Set([...all, ...without(names)])] : names
}

function without(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== 'all')
}
