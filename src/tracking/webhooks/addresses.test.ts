import { describe, expect, it } from 'vitest'
import { checkWebhookUrl, isPublicAddress } from './addresses.ts'

describe('addresses', () => {
  it.each(['8.8.8.8', '1.1.1.1', '193.99.144.80', '::ffff:8.8.8.8', '2606:4700:4700::1111'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it.each(
    [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.31.0.1',
      '192.168.1.1',
      '198.18.0.1',
    ].concat([
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      'fe80::1',
      'fd00::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:db8::1',
      'localhost',
      '',
    ]),
  )('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the URL of a webhook', () => {
  it.each([
    ['https://127.1/x', /must not resolve to a non-public IP address. '127.0.0.1'/],
    ['https://0x7f000001/x', /'127.0.0.1' resolves to 127.0.0.1/],
    ['https://2130706433/x', /'127.0.0.1' resolves to 127.0.0.1/],
    ['https://[::ffff:7f00:1]/x', /non-public/],
    ['https://user:password@[::1]:8443/x', /'::1' resolves to ::1/],
    ['https://localhost./x', /non-public|Cannot resolve/],
    ['https://no-such-host.invalid/x', /Cannot resolve Webhook URL hostname 'no-such-host.invalid'/],
    ['http://8.8.8.8/x', /Invalid webhook URL scheme: 'http'. Allowed schemes are: https./],
    ['javascript:alert(1)', /Invalid webhook URL scheme: 'javascript'/],
    ['https:///x', /must include a hostname/],
    ['https:8.8.8.8', /must include a hostname/],
  ])('%s is refused', async (url, reason) => {
    await expect(checkWebhookUrl(url, {})).rejects.toThrow(reason)
  })

  it('may be what the rules allow', async () => {
    await checkWebhookUrl('https://8.8.8.8/x', {})
    await checkWebhookUrl('http://127.0.0.1:1/x', { allowedSchemes: ['http'], allowPrivateAddresses: true })
    const file = checkWebhookUrl('file:///etc/passwd', { allowedSchemes: ['file'], allowPrivateAddresses: true })
    await expect(file).rejects.toThrow(/Invalid webhook URL scheme/)
  })
})
