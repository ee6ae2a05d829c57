/** Archives for tests, byte by byte, honest or not. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface PackedFile {
  readonly path: string
  readonly data: string | Buffer
  /** Unix mode with its type; 0o100644 if not given. */
  readonly mode?: number
  readonly stored?: boolean
  /** What the headers say instead of the truth. */
  readonly lie?: {
    readonly bytes?: number
    readonly localPath?: string
    readonly flags?: number
    readonly method?: number
    readonly offset?: number
    readonly crc?: number
  }
}

export function pack(
  files: readonly PackedFile[],
  options: { prefix?: string; comment?: string } = {},
): Buffer {
  const { prefix = '', comment = '' } = options
  const locals: Buffer[] = [Buffer.from(prefix)]
  const centrals: Buffer[] = []
  let offset = prefix.length
  for (const { path, data, mode = 0o100644, stored = false, lie = {} } of files) {
    const content = Buffer.from(data)
    const packed = stored ? content : deflateRawSync(content)
    const name = Buffer.from(path)
    const localName = Buffer.from(lie.localPath ?? path)
    const flags = lie.flags ?? 0x0800
    const method = lie.method ?? (stored ? 0 : 8)
    const crc = lie.crc ?? crc32(content)
    const bytes = lie.bytes ?? content.length
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(flags, 6)
    local.writeUInt16LE(method, 8)
    local.writeUInt32LE(crc, 14)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(bytes, 22)
    local.writeUInt16LE(localName.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(0x0314, 4)
    central.writeUInt16LE(20, 6)
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(crc, 16)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt32LE(bytes, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(mode * 0x10000, 38)
    central.writeUInt32LE(lie.offset ?? offset, 42)
    centrals.push(central, name)
    locals.push(local, localName, packed)
    offset += 30 + localName.length + packed.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...locals, directory, end, Buffer.from(comment)])
}
