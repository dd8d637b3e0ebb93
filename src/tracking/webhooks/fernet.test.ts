/** Fernet tokens as Python's cryptography makes them, which MLflow uses. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fernet, newFernetKey } from './fernet.ts'

/** Made by cryptography 50.0.2: key, text and token. */
const known = {
  key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  text: 'ein Geheimnis ü',
  token:
    'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD1_nugnMlRomg8ld37bodrGjdmEB2CXkZpMFSvftMDKFjLctyI19bx0fz9iDdtHYG0M-e4GyiO67QJQrVmmFm_U=',
}

describe('a Fernet token', () => {
  it('that Python has made is read', () => {
    expect(fernet(known.key).open(known.token)).toBe(known.text)
  })

  it('gives back every text, and tells nothing of it', () => {
    const { seal, open } = fernet(newFernetKey())
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), (text) => {
        const token = seal(text)
        expect(open(token)).toBe(text)
        expect(token).not.toContain(text)
        expect(token.length % 4).toBe(0)
      }),
    )
  })

  it('is refused when it is another key, altered or none', () => {
    const { open } = fernet(known.key)
    const altered = `${known.token.slice(0, 40)}${known.token[40] === 'A' ? 'B' : 'A'}${known.token.slice(41)}`
    for (const token of [fernet(newFernetKey()).seal('x'), altered, '', 'nonsense', known.token.slice(0, 80)]) {
      expect(() => open(token)).toThrow(/stored with another key/)
    }
    expect(() => fernet('short')).toThrow(/has to be 32 bytes in base64/)
  })
})
