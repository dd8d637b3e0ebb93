/** What a part that scrolls needs, so that the keyboard reaches it and those who hear it know what it is. */
export function scrollRegion(label: string): {
  readonly tabIndex: number
  readonly role: string
  readonly 'aria-label': string
} {
  return { tabIndex: 0, role: 'region', 'aria-label': label }
}
