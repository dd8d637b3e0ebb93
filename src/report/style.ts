/** The one style sheet of a document. Colours are variables of both themes; `light-dark` picks by the reader's setting. */

/**
 * Series colours stand out from the surface by at least 3:1 and differ in lightness as well as hue, so that they stay
 * apart (CIE 1976 ΔE above 20) as seen with protanopia and deuteranopia in the model of Machado et al. (2009).
 */
export const style = `
:root {
  color-scheme: light dark;
  --surface: light-dark(#fff, #16181d);
  --raised: light-dark(#f6f7f9, #1f2229);
  --line: light-dark(#dfe2e8, #343944);
  --text: light-dark(#1b1f27, #e8eaf0);
  --quiet: light-dark(#5b6472, #a3abba);
  --accent: light-dark(#0f4ecd, #7fb0f7);
  --ok: light-dark(#0f6e4f, #4fc79a);
  --warning: light-dark(#8a5800, #e8b14a);
  --failed: light-dark(#b3261e, #ff8a80);
  --series-reference: light-dark(#868d99, #8b93a1);
  --series-1: light-dark(#0f4ecd, #639af3);
  --series-2: light-dark(#d37e13, #e6a120);
  --series-3: light-dark(#005940, #49d682);
  --series-4: light-dark(#b26ec5, #ffced5);
  --series-5: light-dark(#6c4d07, #f7f78a);
  --series-6: light-dark(#552479, #7056ff);
  --heat: light-dark(#7aa5ee, #2c5aa8);
  --heat-negative: light-dark(#e5a95e, #86540f);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2.5rem 1.5rem 5rem; background: var(--surface); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: break-word; -webkit-text-size-adjust: 100%;
}
h1, h2, h3, h4, h5, h6 { line-height: 1.25; font-weight: 620; text-wrap: balance; margin: 0; }
h1 { font-size: 2rem; letter-spacing: -.02em; }
h2 { font-size: 1.375rem; letter-spacing: -.01em; }
h3 { font-size: 1.125rem; }
h4, h5, h6 { font-size: 1rem; }
p, ul, ol, figure, pre, blockquote { margin: 0; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { margin-bottom: 2rem; }
.subtitle { margin-top: .375rem; font-size: 1.125rem; color: var(--quiet); }
.note { margin-top: .375rem; font-size: .8125rem; color: var(--quiet); }
nav { margin-bottom: 2.5rem; padding: .75rem 0; border-block: 1px solid var(--line); font-size: .875rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
nav a { text-decoration: none; }
main, section, details, .markdown { display: flow-root; }
main > * + *, section > * + *, details > * + *, .markdown > * + *, li > p { margin-top: 1.25rem; }
main > * + section { margin-top: 3rem; }
section > h2 { padding-bottom: .5rem; border-bottom: 1px solid var(--line); }
section > h3 { margin-top: 2rem; }
summary { cursor: pointer; }
summary > * { display: inline; }
.markdown { max-width: 44rem; }
.markdown li + li { margin-top: .25rem; }
.markdown ul, .markdown ol { padding-left: 1.5rem; }
.markdown blockquote { padding-left: 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.markdown h2, .markdown h3, .markdown h4 { margin-top: 2rem; }
.markdown > :first-child { margin-top: 0; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .8125rem; }
:not(pre) > code { padding: .125em .375em; border-radius: 4px; background: var(--raised); font-size: .875em; }
pre {
  padding: .875rem 1rem; overflow: auto; max-height: 30rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--raised); line-height: 1.5; tab-size: 2;
}
img { max-width: 100%; height: auto; border-radius: 8px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1.25rem; align-items: start; }
.columns:has(> .value-box) { grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: 1rem; }
.columns:has(> figure, > .scroll, > section, > pre) { grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.columns > * { min-width: 0; }
.columns > .value-box { height: 100%; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.4; min-width: 50%; }
caption { padding-bottom: .5rem; text-align: left; font-weight: 620; }
th, td { padding: .4375rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom-color: var(--quiet); color: var(--quiet); font-weight: 500; vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 500; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge {
  display: inline-block; padding: .0625rem .5rem; border: 1px solid currentColor; border-radius: 99px; color: var(--quiet);
  font-size: .8125rem; font-weight: 500; white-space: nowrap;
}
.sign { display: inline-block; width: .65em; height: .65em; margin-right: .15em; background: currentColor; }
.sign.ok { clip-path: polygon(0 52%, 14% 38%, 36% 60%, 86% 8%, 100% 22%, 36% 88%); }
.sign.warning { clip-path: polygon(50% 4%, 100% 96%, 0 96%); }
.sign.failed { clip-path: polygon(14% 0, 50% 36%, 86% 0, 100% 14%, 64% 50%, 100% 86%, 86% 100%, 50% 64%, 14% 100%, 0 86%, 36% 50%, 0 14%); }
.badge.ok, .ok > .value { color: var(--ok); }
.badge.warning, .warning > .value { color: var(--warning); }
.badge.failed, .failed > .value { color: var(--failed); }
.value-box { padding: 1rem 1.125rem; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); }
.value-box .title { font-size: .875rem; color: var(--quiet); }
.value-box .value { font-size: 1.75rem; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.progress { display: grid; grid-template-columns: 1fr auto; gap: .375rem 1rem; font-size: .875rem; }
.amount { color: var(--quiet); font-variant-numeric: tabular-nums; }
.track { grid-column: 1 / -1; height: .5rem; border-radius: 99px; background: var(--line); overflow: hidden; }
.track > div { height: 100%; border-radius: inherit; background: var(--series-1); }
.error-box { padding: 1rem 1.125rem; border: 1px solid var(--failed); border-radius: 10px; }
.error-box strong { color: var(--failed); }
.error-box .message { white-space: pre-wrap; }
.error-box details, .error-box .message { margin-top: .5rem; }
.error-box summary { font-size: .875rem; color: var(--quiet); }
.timeline { padding: 0; list-style: none; border-left: 2px solid var(--line); }
.timeline li { position: relative; padding: 0 0 1rem 1.25rem; font-size: .9375rem; }
.timeline li::before {
  content: ""; position: absolute; left: -6px; top: .5em; width: 10px; height: 10px; border-radius: 50%; background: var(--quiet);
}
.timeline li.ok::before { background: var(--ok); }
.timeline li.warning::before { background: var(--warning); }
.timeline li.failed::before { background: var(--failed); }
.timeline time { display: block; font-size: .8125rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.timeline li > p { margin-top: .125rem; color: var(--quiet); }
figcaption { margin-bottom: .5rem; font-size: .875rem; }
figcaption b { font-weight: 620; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; color: var(--quiet); font-size: .8125rem; }
.key { display: inline-block; margin-right: .375em; }
.key.box { width: .75em; height: .75em; border-radius: 2px; background: var(--key); }
svg.key { width: .75em; height: .75em; fill: none; stroke-width: 1.5; }
.key.line { width: 1.25em; border-top: 2px solid var(--key); vertical-align: .25em; }
figure > svg, td > svg { display: block; max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; overflow: visible; }
svg text { white-space: pre; }
td > svg { max-width: none; }
.graph { display: block; max-width: 100%; height: auto; }
.graph text { fill: var(--text); text-anchor: middle; font: 500 13px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
.graph .detail { fill: var(--quiet); font-weight: 400; font-size: 11px; }
.graph rect { fill: var(--raised); stroke: var(--line); }
.graph .ok rect { stroke: var(--ok); }
.graph .warning rect { stroke: var(--warning); stroke-width: 2; stroke-dasharray: 5 3; }
.graph .failed rect { stroke: var(--failed); stroke-width: 2.5; }
.edges { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.625rem; }
  figure > svg[width="560"] text { font-size: 16px; }
}
@media print {
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .columns { grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)) !important; }
  .columns:has(> .value-box) { grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)) !important; }
  .graph { min-width: 0 !important; }
  .scroll, pre { overflow: visible; max-height: none; }
  pre { white-space: pre-wrap; }
  table { max-width: 100%; font-size: 8.5pt; }
  th, td { padding: .25rem .5rem; overflow-wrap: anywhere; }
  thead th, thead .n { white-space: normal; }
  thead { display: table-header-group; }
  figure > svg[width="560"] text { font-size: 14px; }
  tr, figure, img, .value-box, .error-box, .timeline li { break-inside: avoid; }
  h1, h2, h3, h4, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  a[href^="http"]::after { content: " (" attr(href) ")"; color: var(--quiet); font-size: .85em; }
}
`
  .replaceAll(/\n\s*/g, ' ')
  .trim()
