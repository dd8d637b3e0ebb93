/**
 * Fernet tokens, in which MLflow keeps the secrets of webhooks: AES-128 in CBC mode with an HMAC-SHA256 over it, as
 * https://github.com/fernet/spec describes.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { MillraceError } from '../../core/index.ts'

export interface SecretCipher {
  readonly seal: (text: string) => string
  /** @throws MillraceError INVALID_STATE for what this key has not sealed */
  readonly open: (token: string) => string
}

/** How long the parts of a token are: version and time, initialisation vector, signature. */
const [HEAD, VECTOR, MAC] = [9, 16, 32]

/** @param key 32 bytes in the alphabet of base64 for URLs. @throws MillraceError INVALID_ARGUMENT for another length */
export function fernet(key: string): SecretCipher {
  const bytes = Buffer.from(key, 'base64url')
  if (bytes.length !== 32) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The key that secrets of webhooks are stored with has to be 32 bytes in base64, as in MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY; this one has ${bytes.length}.`,
    )
  }
  const [signing, encryption] = [bytes.subarray(0, 16), bytes.subarray(16)]
  const sign = (content: Buffer): Buffer => createHmac('sha256', signing).update(content).digest()
  return {
    seal: (text) => {
      const vector = randomBytes(VECTOR)
      const head = Buffer.alloc(HEAD)
      head[0] = 0x80
      head.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000)), 1)
      const cipher = createCipheriv('aes-128-cbc', encryption, vector)
      const content = Buffer.concat([head, vector, cipher.update(text, 'utf8'), cipher.final()])
      // Python's decoder asks for the padding that Node leaves out.
      const token = Buffer.concat([content, sign(content)]).toString('base64url')
      return token.padEnd(Math.ceil(token.length / 4) * 4, '=')
    },
    open: (token) => {
      const all = Buffer.from(token, 'base64url')
      const content = all.subarray(0, -MAC)
      if (content.length <= HEAD + VECTOR || !timingSafeEqual(sign(content), all.subarray(-MAC))) throw unreadable()
      const decipher = createDecipheriv('aes-128-cbc', encryption, content.subarray(HEAD, HEAD + VECTOR))
      return Buffer.concat([decipher.update(content.subarray(HEAD + VECTOR)), decipher.final()]).toString('utf8')
    },
  }
}

/** With a key that nobody keeps: what is sealed cannot be opened after a restart, which the first seal says to `log`. */
export function passingFernet(log: (message: string) => void): SecretCipher {
  const { seal, open } = fernet(newFernetKey())
  let told = false
  return {
    seal: (text) => {
      if (!told) {
        log(
          'Webhooks: a secret is stored that cannot be read after a restart, when its webhook is no longer called: ' +
            'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is not set, so the key ends with this process. Set it to the output of ' +
            `node -p "crypto.randomBytes(32).toString('base64url')", start again, and give the webhook its secret again.`,
        )
      }
      told = true
      return seal(text)
    },
    open,
  }
}

/** A new key for `fernet`. */
export function newFernetKey(): string {
  return randomBytes(32).toString('base64url')
}

function unreadable(): MillraceError {
  return new MillraceError(
    'INVALID_STATE',
    'The secret of a webhook was stored with another key. Start the server with the MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY it was stored with, or give the webhook its secret again.',
  )
}
