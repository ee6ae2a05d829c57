import type { ToolEffects } from '@sallyport/controls/flow'

/**
 * What a tool does, in a few words for a person.
 *
 * @example describeEffects(effects) // 'may destroy or overwrite (name says delete), others see it (annotation openWorldHint)'
 */
export function describeEffects({ writes, destructive, outside, carries, why }: ToolEffects): string {
  const parts = [
    ...(destructive
      ? [`may destroy or overwrite (${why.destructive})`]
      : writes
        ? [`writes (${why.writes})`]
        : []),
    ...(outside ? [`others see it (${why.outside})`] : []),
    ...(carries ? [`what it is given goes to the open world (${why.carries})`] : []),
  ]
  return parts.length === 0 ? `only reads (${why.writes})` : parts.join(', ')
}
