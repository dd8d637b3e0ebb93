/** Hashes of passwords: scrypt with a salt of its own for each, and its costs beside it, so that they can be raised. */
import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** What OWASP recommends for scrypt: 64 MiB and some 100 ms. */
const costs = { N: 2 ** 16, r: 8, p: 1 }
const HASH_BYTES = 32

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, costs)
  return ['scrypt', costs.N, costs.r, costs.p, salt.toString('base64'), hash.toString('base64')].join('$')
}

/** Checks passwords. What was right is known for a while, since a client sends it with each request. */
export function passwordChecker({ rememberMs = 60_000, most = 1000, now = Date.now } = {}): (
  password: string,
  hash: string | undefined,
) => Promise<boolean> {
  const key = randomBytes(32)
  const right = new Map<string, number>()
  let nothing: string | undefined
  return async (password, hash) => {
    // For a user there is none of it takes as long.
    nothing ??= await hashPassword('')
    const known = createHmac('sha256', key).update(`${hash}\0${password}`).digest('base64')
    if ((right.get(known) ?? 0) > now()) return true
    const isRight = (await matches(password, hash ?? nothing)) && hash !== undefined
    if (!isRight) return false
    if (right.size >= most) right.clear()
    right.set(known, now() + rememberMs)
    return true
  }
}

/** A token for a user: random, so that its plain SHA-256 gives nothing away. */
export function newToken(): string {
  return `mlr_${randomBytes(32).toString('base64url')}`
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

async function matches(password: string, stored: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = stored.split('$')
  const expected = Buffer.from(hash, 'base64')
  const found = await derive(password, Buffer.from(salt, 'base64'), { N: Number(N), r: Number(r), p: Number(p) })
  return expected.length === found.length && timingSafeEqual(expected, found)
}

async function derive(password: string, salt: Buffer, { N, r, p }: typeof costs): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}
