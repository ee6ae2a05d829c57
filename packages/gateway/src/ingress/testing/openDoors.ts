/** Doors and raw clients that a test file opens and forgets: they are ended after each test. For tests only. */
import { afterEach } from 'vitest'
import { openDoor, RawClient, type TestDoor, type TestDoorOptions } from './httpDoor.ts'

const doors: TestDoor[] = []
const clients: RawClient[] = []

export async function open(options?: TestDoorOptions): Promise<TestDoor> {
  const door = await openDoor(options)
  doors.push(door)
  return door
}

export function raw(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await Promise.all(doors.splice(0).map((door) => door.ingress.close()))
})
