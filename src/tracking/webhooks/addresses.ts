/**
 * Where a server may call on someone's behalf. Whoever may make webhooks must not reach what only the server reaches:
 * its own machine, its network, the metadata of its cloud.
 */
import { lookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { asError } from '../../core/index.ts'
import { invalidParameter } from '../validation.ts'

export interface AddressRules {
  /** Schemes of URLs. Default: https alone. */
  readonly allowedSchemes?: readonly string[] | undefined
  /** Whether addresses that are not public may be called. Default: false. */
  readonly allowPrivateAddresses?: boolean | undefined
}

/** What IANA's registries of special-purpose addresses call not globally reachable, and multicast. */
const special = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(network, bits, 'ipv4')
}

/** Of version 6 only unicast is public, without documentation, tunnels and translations, which hide other addresses. */
const publicUnicast = new BlockList()
publicUnicast.addSubnet('2000::', 3, 'ipv6')
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, bits, 'ipv6')
}

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return isPublicAddress(mapped)
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4')
    case 6:
      return publicUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
    default:
      return false
  }
}

/** @throws MillraceError INVALID_PARAMETER_VALUE for a URL that a webhook may not have */
export async function checkWebhookUrl(url: string, rules: AddressRules): Promise<void> {
  const { allowedSchemes = ['https'], allowPrivateAddresses = false } = rules
  if (url.trim() === '') throw invalidParameter(`Webhook URL cannot be empty or just whitespace: '${url}'`)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
  if (!allowedSchemes.includes(scheme) || !['http', 'https'].includes(scheme)) {
    throw invalidParameter(
      `Invalid webhook URL scheme: '${scheme}'. Allowed schemes are: ${allowedSchemes.join(', ')}.`,
    )
  }
  if (!/^https?:\/\/[^/?#]/i.test(url) || !URL.canParse(url)) {
    throw invalidParameter(`Webhook URL must include a hostname: '${url}'`)
  }
  if (allowPrivateAddresses) return
  const name = hostOf(new URL(url))
  for (const { address } of await resolveAll(name)) {
    if (isPublicAddress(address)) continue
    throw invalidParameter(`Webhook URL must not resolve to a non-public IP address. '${name}' resolves to ${address}.`)
  }
}

/**
 * How to look up names when a connection is made: what a name means may have changed since its URL was checked, so that
 * each address is checked when it is used.
 */
export function guardedLookup({ allowPrivateAddresses = false }: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = addresses?.find(({ address }) => !allowPrivateAddresses && !isPublicAddress(address))
      const problem = error ?? (refused === undefined ? null : notPublic(refused.address))
      const [first] = addresses ?? []
      if (problem !== null || first === undefined) callback(problem ?? new Error(`${hostname} has no address`), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** @throws Error for a URL with an address instead of a name, which is not looked up, that is not public */
export function checkLiteralAddress(url: URL, { allowPrivateAddresses = false }: AddressRules): void {
  const host = hostOf(url)
  if (!allowPrivateAddresses && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host)
}

/** The host of a URL; an address of version 6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

async function resolveAll(name: string): Promise<readonly LookupAddress[]> {
  return await new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses)
      else reject(invalidParameter(`Cannot resolve Webhook URL hostname '${name}': ${asError(error).message}`))
    })
  })
}

function notPublic(address: string): Error {
  return new Error(`${address} is not a public IP address`)
}
