import type { PinGate } from '../controls/pins.ts'

/** Pins of a gateway in which everything is approved. */
export const nothingHeld: PinGate = {
  enforced: true,
  answer: () => ({ kind: 'approved' }),
  definitions: { of: () => undefined },
  heldItems: () => 0,
  mayBeHeard: () => true,
  review: async ({ result }) => result,
  heldBehind: () => undefined,
}
