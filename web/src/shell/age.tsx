/** How long ago something was; the time itself shows on pointing at it. */
import type { ReactNode } from 'react'
import { formatAge, formatTime } from './times.ts'

/** @param time milliseconds since 1970; nothing is shown without it */
export function Age({ time }: { readonly time: number | undefined }): ReactNode {
  if (time === undefined) return null
  return (
    <time dateTime={new Date(time).toISOString()} title={formatTime(time)}>
      {formatAge(time, Date.now())}
    </time>
  )
}
