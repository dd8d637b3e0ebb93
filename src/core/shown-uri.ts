/** URIs as they may be shown: many a screen, log and issue has what a command has printed. */

/** `uri` without its password, in front of the host or in the query; the name of the user stays. */
export function shownUri(uri: string): string {
  return uri
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?):[^/?#]*@/i, '$1@')
    .replace(/([?&](?:ssl)?password=)[^&#]*/gi, '$1…')
}
