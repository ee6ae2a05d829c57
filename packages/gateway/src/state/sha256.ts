/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) without `node:crypto`: loading OpenSSL takes a quarter of the time that Node
 * itself takes to start, and the relay, which hosts wait for, needs no more of it than a few hundred bytes hashed: the
 * proof that it knows the daemon's token (`daemon/proof.ts`) and the names of files and sockets. Whatever else needs a
 * hash uses `node:crypto`; `tests/house/importRules.ts` sees to it. Correct by comparison with OpenSSL (`sha256.test.ts`).
 */

const BLOCK_BYTES = 64

/**
 * The first 32 bits of the fractional parts of the cube roots (power 1/3) and square roots of the first primes
 * (FIPS 180-4, 4.2.2 and 5.3.3). A double has some 50 bits behind the point here; that these 32 are right is tested.
 */
function fractions(count: number, power: number): Uint32Array {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    let prime = true
    for (let by = 2; by * by <= candidate && prime; by++) prime = candidate % by !== 0
    if (prime) found.push((candidate ** power % 1) * 2 ** 32)
  }
  return Uint32Array.from(found)
}

const ROUND = fractions(64, 1 / 3)
const INITIAL = fractions(8, 1 / 2)

/** 32 bytes (FIPS 180-4, 6.2). @example sha256(Buffer.from('abc')).toString('hex') // 'ba7816bf8f01cfea...' */
export function sha256(message: Uint8Array): Buffer {
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES)
  const padded = Buffer.alloc(blocks * BLOCK_BYTES)
  padded.set(message)
  padded[message.length] = 0x80
  padded.writeBigUInt64BE(BigInt(message.length) * 8n, padded.length - 8)
  const state = Uint32Array.from(INITIAL)
  const words = new Uint32Array(64)
  for (let block = 0; block < blocks; block++) compress(state, words, padded, block * BLOCK_BYTES)
  const digest = Buffer.alloc(32)
  state.forEach((word, at) => {
    digest.writeUInt32BE(word, at * 4)
  })
  return digest
}

/** 16 hex digits that stand for a text in names of files. @example shortHash('/home/ada').length // 16 */
export function shortHash(text: string): string {
  return sha256(Buffer.from(text)).toString('hex', 0, 8)
}

/** 32 bytes (RFC 2104); `daemon/proof.ts` compares in constant time. @example hmacSha256(key, Buffer.from('text')) // 32 bytes */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key)
  const inner = sha256(Buffer.concat([block.map((byte) => byte ^ 0x36), message]))
  return sha256(Buffer.concat([block.map((byte) => byte ^ 0x5c), inner]))
}

/** One block into the state. Only additions, rotations and logic: its time says nothing about the bytes. */
function compress(state: Uint32Array, w: Uint32Array, bytes: Buffer, from: number): void {
  for (let t = 0; t < 16; t++) w[t] = bytes.readUInt32BE(from + t * 4)
  for (let t = 16; t < 64; t++) {
    const a = word(w, t - 15)
    const b = word(w, t - 2)
    const small0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const small1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    w[t] = small1 + word(w, t - 7) + small0 + word(w, t - 16)
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + big1 + ((e & f) ^ (~e & g)) + word(ROUND, t) + word(w, t)) | 0
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  const added = [a, b, c, d, e, f, g, h]
  for (let at = 0; at < 8; at++) state[at] = word(state, at) + (added[at] ?? 0)
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by))
}
