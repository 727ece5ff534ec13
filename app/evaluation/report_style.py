"""The report's own style sheet: it has to look the same from a disk, from the studio and on paper."""

STYLE = """
:root { color-scheme: light; --line: #ccd; --quiet: #5c6470; --accent: #1f6fb2 }
* { box-sizing: border-box }
body { font: 14px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 1.6rem auto; padding: 0 1.2rem; color: #16191d;
  background: #fff }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem }
.lead { font-size: 1.15rem; margin: .9rem 0 .3rem } .quiet { color: var(--quiet); font-size: .86em }
p { margin: .3rem 0 } ul { margin: .3rem 0; padding-left: 1.2rem }
.tag { font-size: .68rem; font-weight: 700; letter-spacing: .05em; border: 1.5px solid currentColor; border-radius: 4px;
  padding: .08rem .35rem; vertical-align: middle; white-space: nowrap }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: .6rem }
td, th { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top }
th { font-weight: 600; color: var(--quiet); font-size: .82rem }
td:first-child, th:first-child, .words { text-align: left }
.bar { display: block; width: 100%; min-width: 4.5rem; height: .55rem; margin: .12rem 0 }
.maps { display: flex; gap: 1rem } figure { margin: 0; flex: 1 } figcaption { color: var(--quiet); font-size: .82rem }
svg { width: 100%; height: auto; max-height: 24rem } svg text { fill: #16191d; font-size: 12px }
svg .name { font-size: 8.5px; text-anchor: middle } svg .main { font-size: 12px; font-weight: 600; text-anchor: middle }
.key span { margin-right: 1.2rem; white-space: nowrap } .key i { display: inline-block; width: 1.4em; height: .25em;
  margin-right: .4em; vertical-align: middle; print-color-adjust: exact }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .9rem; margin: 0; font-size: .88rem }
dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
a { color: var(--accent) }
@media print {
  @page { size: A4; margin: 8mm 10mm }
  body { margin: 0; padding: 0; max-width: none; font-size: 8.6px; line-height: 1.3 }
  h1 { font-size: 1.5em } h2 { margin: .55rem 0 .1rem; font-size: 1.15em } .lead { font-size: 1.25em; margin: .3rem 0 }
  .quiet, th, figcaption, dl { font-size: .92em } dl { gap: 0 .9rem } .tag { font-size: .8em } p, ul { margin: .1rem 0 }
  table { margin-top: .15rem } td, th { padding: .1rem .3rem } .bar { height: .35rem; margin: 0 }
  .maps { gap: .5rem } figure svg { max-height: 11.5rem } section > svg { max-height: 6.5rem }
  body:has(.key) figure svg { max-height: 9.5rem }
  section, tr, figure { break-inside: avoid } a { color: inherit; text-decoration: none }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""
