import { BUCKETS } from './linear.ts'

/**
 * Weights as text that can be committed: of each bucket that is not zero the distance from the one before it and its byte, in Base64.
 */
export function encodeWeights(weights: Int8Array): string {
  const bytes: number[] = []
  let last = -1
  for (const [bucket, weight] of weights.entries()) {
    if (weight === 0) continue
    let distance = bucket - last
    last = bucket
    for (; distance >= 0x80; distance >>>= 7) bytes.push((distance & 0x7f) | 0x80)
    bytes.push(distance, weight & 0xff)
  }
  return Buffer.from(bytes).toString('base64')
}

export function decodeWeights(text: string): Int8Array {
  const bytes = Buffer.from(text, 'base64')
  const weights = new Int8Array(BUCKETS)
  let bucket = -1
  for (let at = 0; at < bytes.length; ) {
    let distance = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      distance |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    bucket += distance
    weights[bucket] = ((bytes[at++] ?? 0) << 24) >> 24
  }
  return weights
}
