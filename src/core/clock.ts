/** Time is passed in, so that what depends on it can be tested: milliseconds since 1970, as Date.now gives them. */
export type Clock = () => number

export const systemClock: Clock = Date.now
