/** The gateway's own version, as it names itself to clients and servers. */
export const VERSION = '0.1.0'
