import type { Attacks } from '../attack.ts'
import { changes } from './changes.ts'
import { descriptions } from './descriptions.ts'
import { hidden } from './hidden.ts'
import { lists } from './lists.ts'
import { shadowing } from './shadowing.ts'

/** Every attack by the name that `--attack` takes. */
export const ATTACKS: Attacks = { ...descriptions, ...changes, ...shadowing, ...hidden, ...lists }
