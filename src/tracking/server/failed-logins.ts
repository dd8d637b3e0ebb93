/** How often somebody may fail to log in: guessing passwords is to take years, and a typing error no time at all. */

export interface FailedLogins {
  /** Whether an address has failed too often lately, with this name or altogether. */
  isTooMany(address: string, username: string): boolean
  note(address: string, username: string): void
}

export interface FailedLoginsOptions {
  /** Failures of an address with one name within the window. Default: 10. */
  readonly mostOfName?: number
  /** Failures of an address with any names. Default: 50. */
  readonly mostOfAddress?: number
  /** Default: 60,000. */
  readonly windowMs?: number
  readonly now?: () => number
}

/** How many addresses and names are remembered. */
const CAPACITY = 10_000

export function failedLogins(options: FailedLoginsOptions = {}): FailedLogins {
  const { mostOfName = 10, mostOfAddress = 50, windowMs = 60_000, now = Date.now } = options
  const failures = new Map<string, number[]>()
  const recent = (key: string): number[] => (failures.get(key) ?? []).filter((time) => time > now() - windowMs)
  return {
    isTooMany: (address, username) =>
      recent(address).length >= mostOfAddress || recent(keyOf(address, username)).length >= mostOfName,
    note: (address, username) => {
      // The oldest are first; whoever fails again goes to the end.
      for (const key of [address, keyOf(address, username)]) {
        const times = [...recent(key), now()]
        failures.delete(key)
        failures.set(key, times)
      }
      while (failures.size > CAPACITY) failures.delete(failures.keys().next().value!)
    },
  }
}

function keyOf(address: string, username: string): string {
  return `${address} ${username}`
}
