/**
 * Durations and sizes as people write them: a whole number and a unit, no space, no fraction, nothing assumed.
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

export const DURATION_PATTERN = /^[1-9][0-9]{0,8}(ms|s|m|h|d)$/u
export const SIZE_PATTERN = /^[1-9][0-9]{0,11}(B|kB|KB|MB|GB|KiB|MiB|GiB)$/u

/** Milliseconds, or `undefined` when it is no duration. @example parseDuration('15m') // 900000 */
export function parseDuration(text: string): number | undefined {
  return DURATION_PATTERN.test(text) ? scale(text, MILLISECONDS) : undefined
}

/** Bytes, or `undefined` when it is no size. @example parseSize('4MiB') // 4194304 */
export function parseSize(text: string): number | undefined {
  return SIZE_PATTERN.test(text) ? scale(text, BYTES) : undefined
}

function scale(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const factor = units[text.replace(/^\d+/, '')]
  return factor === undefined ? undefined : Number.parseInt(text, 10) * factor
}

/** The shortest exact way to write it. @example formatDuration(90000) // '90s' */
export function formatDuration(ms: number): string {
  return format(ms, MILLISECONDS, ['d', 'h', 'm', 's', 'ms'])
}

/** The shortest exact way to write it. @example formatSize(1048576) // '1MiB' */
export function formatSize(bytes: number): string {
  return format(bytes, BYTES, ['GiB', 'MiB', 'KiB', 'B'])
}

function format(amount: number, units: Readonly<Record<string, number>>, order: readonly string[]): string {
  for (const unit of order) {
    const factor = units[unit] ?? 1
    if (amount >= factor && amount % factor === 0) return `${amount / factor}${unit}`
  }
  return `${amount}${order.at(-1) ?? ''}`
}
