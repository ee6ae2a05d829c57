/** A registry of npm packages of one file, on this machine: whoever publishes here may publish a version twice. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface NpmRegistry {
  readonly url: string
  /** Publishes a version, or publishes it anew; its one file is a program of the package's name. */
  publish(name: string, version: string, script: string): void
  close(): Promise<void>
}

interface Published {
  readonly tarball: Buffer
  readonly manifest: object
}

/** @example const registry = await startNpmRegistry() */
export async function startNpmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, Map<string, Published>>()
  const server = createServer((request, response) => {
    const [, name = '', dash, file = ''] = (request.url ?? '').split('/').map(decodeURIComponent)
    const versions = packages.get(name)
    if (versions === undefined) return response.writeHead(404).end('{}')
    if (dash === '-') return response.end(versions.get(file.replace(/\.tgz$/, ''))?.tarball)
    const manifests = Object.fromEntries([...versions].map(([version, { manifest }]) => [version, manifest]))
    response.setHeader('content-type', 'application/json')
    return response.end(
      JSON.stringify({ name, 'dist-tags': { latest: [...versions.keys()].at(-1) }, versions: manifests }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${url}/`,
    publish(name, version, script) {
      const manifest = { name, version, bin: { [name]: 'main.mjs' } }
      const tarball = gzipSync(
        Buffer.concat([
          ...tarEntry('package/package.json', JSON.stringify(manifest)),
          ...tarEntry('package/main.mjs', script),
          Buffer.alloc(1024),
        ]),
      )
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
      const dist = { tarball: `${url}/${name}/-/${version}.tgz`, integrity }
      const versions = packages.get(name) ?? new Map<string, Published>()
      packages.set(name, versions.set(version, { tarball, manifest: { ...manifest, dist } }))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A file as POSIX `ustar` has it. */
function tarEntry(path: string, text: string): readonly Buffer[] {
  const body = Buffer.from(text)
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, at)
  header.write(path, 0)
  octal(0o755, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(body.length, 124, 11)
  octal(0, 136, 11)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  )
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}
