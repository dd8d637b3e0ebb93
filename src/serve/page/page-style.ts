/** The style sheet of the server's pages, in the look of the reports. */

export const pageStyle = `
:root {
  color-scheme: light dark;
  --surface: light-dark(#fff, #16181d);
  --raised: light-dark(#f6f7f9, #1f2229);
  --line: light-dark(#dfe2e8, #343944);
  --edge: light-dark(#868d99, #8b93a1);
  --text: light-dark(#1b1f27, #e8eaf0);
  --quiet: light-dark(#5b6472, #a3abba);
  --accent: light-dark(#0f4ecd, #7fb0f7);
  --on-accent: light-dark(#fff, #10131a);
  --failed: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 64rem; padding: 2.5rem 1.5rem 4rem; background: var(--surface); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: break-word; -webkit-text-size-adjust: 100%;
}
h1, h2, p, pre, dl, dd, fieldset { margin: 0; }
h1 { font-size: 2rem; font-weight: 620; letter-spacing: -.02em; line-height: 1.2; }
h2 { font-size: 1.0625rem; font-weight: 620; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { margin-bottom: 2rem; }
header p { margin-top: .375rem; color: var(--quiet); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .75rem; font-size: .875rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .8125rem; }
pre {
  padding: .875rem 1rem; overflow: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--raised);
  white-space: pre-wrap; word-break: break-word; line-height: 1.5;
}
button {
  padding: .5rem 1rem; border: 1px solid var(--edge); border-radius: 8px; background: transparent; color: inherit;
  font: inherit; font-weight: 550; cursor: pointer;
}
button:hover { background: var(--raised); }
button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button.primary:hover { filter: brightness(1.1); }
button.small { padding: .1875rem .625rem; border-radius: 6px; font-size: .8125rem; }
@media (prefers-reduced-motion: no-preference) { .bar > span { transition: width .25s ease-out; } }
`
