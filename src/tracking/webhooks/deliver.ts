/**
 * Telling subscribers what has happened, after it was committed and beside the requests: from a queue with a bound, by a
 * few workers. What cannot be delivered is logged and given up; nobody who changes the registry waits for it.
 */
import { asError } from '../../core/index.ts'
import { type Delivery, type DeliveryAnswer, type SendOptions, sendWebhook } from './send.ts'
import { type Subscriber, type WebhookEvent, type WebhookStore } from './webhook.ts'

export interface DeliverOptions extends SendOptions {
  /** Deliveries under way at the same time. Default: 10. */
  readonly workers?: number | undefined
  /** Events and deliveries that wait; what comes on top is dropped, with a line in the log. Default: 1000. */
  readonly capacity?: number | undefined
}

/** Something that has happened, and how to find out which event it is. */
interface Happening extends Omit<Delivery, 'event'> {
  readonly event: WebhookEvent | (() => Promise<WebhookEvent | undefined>)
}

export interface Deliverer {
  /** Notes that something has happened. Returns at once and never throws. */
  announce(happening: Happening): void
  /** Delivers now, and waits for what the receiver says. @throws Error as sendWebhook */
  deliver(subscriber: Subscriber, delivery: Delivery): Promise<DeliveryAnswer>
  /** Gives up what waits, and ends what is under way. */
  close(): Promise<void>
}

type Job = () => Promise<void>

export function deliverer(
  store: Pick<WebhookStore, 'subscribersOf'>,
  options: DeliverOptions,
  log: (message: string) => void,
): Deliverer {
  const { workers = 10, capacity = 1000 } = options
  const waiting: Job[] = []
  const busy = new Set<Promise<void>>()
  const end = new AbortController()

  const add = (event: string, job: Job): void => {
    if (waiting.length < capacity) waiting.push(job)
    else log(`Webhooks: dropped ${event}, because ${capacity} deliveries are waiting already.`)
    startWork()
  }
  const startWork = (): void => {
    while (busy.size < workers && waiting.length > 0) {
      const work = waiting.shift()!().finally(() => {
        busy.delete(work)
        startWork()
      })
      busy.add(work)
    }
  }
  const tell = async (subscriber: Subscriber, delivery: Delivery): Promise<void> => {
    const place = placeOf(subscriber.url)
    try {
      const { status } = await sendWebhook(subscriber, delivery, options, end.signal)
      if (status >= 400) log(`Webhooks: ${place} answered ${status} to ${delivery.event}.`)
    } catch (error) {
      if (!end.signal.aborted) log(`Webhooks: ${place} did not get ${delivery.event}: ${asError(error).message}`)
    }
  }
  return {
    announce: ({ event, ...happening }) => {
      add(typeof event === 'string' ? event : 'a change', async () => {
        try {
          const known = typeof event === 'string' ? event : await event()
          if (known === undefined) return
          for (const subscriber of await store.subscribersOf(known)) {
            add(known, async () => await tell(subscriber, { ...happening, event: known }))
          }
        } catch (error) {
          if (!end.signal.aborted) log(`Webhooks: cannot find out whom to tell: ${asError(error).message}`)
        }
      })
    },
    deliver: async (subscriber, delivery) => await sendWebhook(subscriber, delivery, options, end.signal),
    close: async () => {
      waiting.length = 0
      end.abort()
      await Promise.allSettled(busy)
    },
  }
}

/** The address for a log: paths, queries and user names of such URLs often are secrets. */
function placeOf(url: string): string {
  return new URL(url).origin
}
