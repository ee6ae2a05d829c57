import { pointer } from '../../config/document.ts'
import type { Notice } from './notice.ts'
import type { LaunchedPackage, Registry } from './packages.ts'

const ADVICE: Readonly<Record<Registry, (one: LaunchedPackage) => string>> = {
  npm: ({ name }) =>
    `Name one exact version, as in ${name}@1.2.3, or install it once and start what was installed.`,
  pypi: ({ name }) => `Name one exact version, as in ${name}==1.2.3.`,
  oci: ({ name }) => `Name the image by its digest, as in ${name}@sha256:..., which cannot move.`,
  nuget: ({ name }) => `Name one exact version, as in ${name}@1.2.3.`,
  url: () => 'Name the commit, or install it once and start what was installed.',
}

/** A package or image that may be another one at the next start. */
export function checkPins(launched: LaunchedPackage): Notice[] {
  if (launched.pin === 'exact') return []
  return [
    {
      rule: 'config/unpinned',
      ...(launched.pin === 'tag' ? { severity: 'low' } : {}),
      place: launched.spot.place,
      pointer: pointer(launched.spot.path),
      evidence: launched.spot.value,
      advice: ADVICE[launched.registry](launched),
    },
  ]
}
