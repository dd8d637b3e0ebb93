/**
 * Against web pages that talk to a server behind its user's back: a page of another origin may change nothing and read
 * nothing, and a name that only points to this machine (DNS rebinding) is not answered to.
 */
import { BlockList, isIP } from 'node:net'
import { type HttpReply, type HttpRequest, textReply } from './http.ts'

export interface ProtectionOptions {
  /** Names that Host may have, with their port or without, `*` standing for any characters. Default: this machine and private addresses. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Origins whose pages may use the server, such as `https://ui.example.com`; `*` for all. Default: none but its own. */
  readonly corsAllowedOrigins?: readonly string[] | undefined
}

export interface Protections {
  /** The reply to a request that goes no further, or undefined. */
  refuse(request: HttpRequest): HttpReply | undefined
  /** Headers that every reply to `request` gets. */
  headers(request: HttpRequest): Readonly<Record<string, string>>
}

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const open = new Set(['/health', '/version'])

export function protections({ allowedHosts, corsAllowedOrigins = [] }: ProtectionOptions): Protections {
  const isAllowedHost = hostRule(allowedHosts)
  const isListed = patternsRule(corsAllowedOrigins)
  // A proxy may call the server by another name than pages call the proxy. No page of another origin can add this header
  // unasked, and none that has a name for this machine gets past the Host check.
  const mayUse = (request: HttpRequest, origin: string): boolean =>
    isListed(origin) || [request.header('host'), forwardedHost(request)].includes(hostOf(origin))
  return {
    refuse: (request) => {
      if (!open.has(request.path) && !isAllowedHost(request.header('host') ?? '')) {
        return textReply('Invalid Host header - possible DNS rebinding attack detected', 403)
      }
      const origin = request.header('origin')
      if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' }
      if (origin === undefined || !changing.has(request.method) || mayUse(request, origin)) return undefined
      return textReply('Cross-origin request blocked', 403)
    },
    headers: (request) => {
      const origin = request.header('origin')
      return {
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        ...(origin !== undefined && isListed(origin) && corsHeaders(request, origin)),
      }
    },
  }
}

function corsHeaders({ method }: HttpRequest, origin: string): Readonly<Record<string, string>> {
  const always = { 'access-control-allow-origin': origin, vary: 'Origin' }
  if (method !== 'OPTIONS') return always
  return {
    ...always,
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
  }
}

function hostRule(allowed: readonly string[] | undefined): (host: string) => boolean {
  if (allowed === undefined) return (host) => isNear(nameOf(host))
  const isListed = patternsRule(allowed)
  return (host) => isListed(host) || isListed(nameOf(host))
}

/** Whether a text is one of `patterns`, in which `*` stands for anything. */
function patternsRule(patterns: readonly string[]): (text: string) => boolean {
  const all = patterns.map((pattern) => {
    const parts = pattern
      .trim()
      .toLowerCase()
      .split('*')
      .map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`))
    return new RegExp(`^${parts.join('.*')}$`)
  })
  return (text) => all.some((pattern) => pattern.test(text.toLowerCase()))
}

/** Addresses of this machine and of private networks, where no foreign page can have its name. */
const nearAddresses = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['0.0.0.0', 32],
] as const) {
  nearAddresses.addSubnet(network, bits, 'ipv4')
}
nearAddresses.addSubnet('::1', 128, 'ipv6')
nearAddresses.addSubnet('fc00::', 7, 'ipv6')

function isNear(name: string): boolean {
  const kind = isIP(name)
  return kind === 0 ? name.toLowerCase() === 'localhost' : nearAddresses.check(name, kind === 4 ? 'ipv4' : 'ipv6')
}

/** `name` of `name:port` and of `[::1]:port`. */
function nameOf(host: string): string {
  return /^\[(.*)\](:\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')
}

/** What the browser asked the first of the proxies on the way for. */
function forwardedHost(request: HttpRequest): string | undefined {
  return request.header('x-forwarded-host')?.split(',')[0]?.trim()
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin
}
