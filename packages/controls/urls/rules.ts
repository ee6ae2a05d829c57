/** Every rule a URL, a host or an address is refused by. Ids are stable: people put them in exceptions and alerts. */
export const URL_RULES = {
  'url/ambiguous':
    'Programs read different hosts from this URL (backslashes, white space, several `@`, odd numbers).',
  'url/host-denied': 'The host is on the list of hosts that are denied.',
  'url/host-not-allowed': 'There is a list of allowed hosts, and this one is not on it.',
  'url/length': 'The URL is longer than any server takes.',
  'url/link-local':
    'The address is link-local: of this wire only, and where clouds put the keys of a machine.',
  'url/loopback': 'The address or name is this machine.',
  'url/malformed': 'It is no absolute URL, or one that cannot be read.',
  'url/metadata': 'The host hands out the credentials of a cloud machine to whoever asks.',
  'url/multicast': 'The address is that of many machines, multicast or broadcast.',
  'url/port': 'The port is not one of those that are allowed.',
  'url/private': 'The address or name belongs to a private network.',
  'url/reserved':
    'The address is reserved, for documentation or not given to anybody: no public server has it.',
  'url/scheme': 'The scheme is not one of those that are allowed.',
  'url/translated':
    'The address carries an IPv4 address through a translator or tunnel that would reach what is not public.',
  'url/unresolved': 'The name has no address, so it cannot be said where it leads.',
  'url/userinfo': 'The URL has a user name or password before the host, which hides the host from a reader.',
} as const satisfies Readonly<Record<string, string>>

export type UrlRule = keyof typeof URL_RULES
