import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Private folders of one scan, gone with it. */
export class Scratch {
  readonly #parent: string
  readonly #folders: string[] = []

  constructor(parent: string) {
    this.#parent = parent
  }

  /** A new folder that only this user may enter. */
  async folder(): Promise<string> {
    const made = await realpath(await mkdtemp(join(this.#parent, 'sallyport-scan-')))
    this.#folders.push(made)
    return made
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders.splice(0))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
