/** The style of the page: light, dark and paper, from the width of a phone on. */
export const STYLE = `
:root { color-scheme: light dark;
  --page: #fff; --ink: #1c1e21; --soft: #5b6068; --line: #d5d8dc; --panel: #f5f6f8;
  --good: #1b6e3c; --good-fill: #d9efe0; --fair: #7a5300; --fair-fill: #f7e8c4; --bad: #a11b1b; --bad-fill: #f9dcdc; --mute-fill: #eceef0;
  --s0: #2b62b5; --s1: #b3560f; --s2: #3a7d44; --s3: #8a4b9e; --s4: #57606a; --s5: #a3315c; }
@media (prefers-color-scheme: dark) { :root {
  --page: #16181c; --ink: #e6e8eb; --soft: #a3a9b2; --line: #3a3f46; --panel: #1f2227;
  --good: #86d9a2; --good-fill: #17402a; --fair: #f0c96b; --fair-fill: #473913; --bad: #ff9d9d; --bad-fill: #551f22; --mute-fill: #2a2e34;
  --s0: #7aa7f0; --s1: #f0a45f; --s2: #7fca8b; --s3: #cf9be0; --s4: #a9b1bb; --s5: #f08cb3; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem 1rem 4rem; max-width: 62rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0; } h2 { font-size: 1.3rem; line-height: 1.25; margin: 0 0 .5rem; } h3 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; } a { color: var(--s0); }
code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--panel); padding: .1em .3em; border-radius: 3px; }
.command code { display: inline-block; padding: .3em .6em; overflow-wrap: anywhere; }
.meta, .key, figcaption, caption { color: var(--soft); font-size: .9rem; }
.meta { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .8rem 0; } .meta dt { color: var(--soft); } .meta dd { margin: 0; color: var(--ink); }
.answer { border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1rem 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: .9rem; padding: 0; margin: .6rem 0; list-style: none; }
.facts strong { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums; } .facts span { display: block; font-size: .92rem; } .facts a { font-size: .85rem; }
section { border-top: 2px solid var(--line); padding-top: 1.2rem; margin-top: 2.2rem; }
.about { display: grid; grid-template-columns: max-content 1fr; gap: .3rem .9rem; margin: .6rem 0; } .about dt { color: var(--soft); } .about dd { margin: 0; max-width: 44rem; }
@media (max-width: 32rem) { .about, .meta { grid-template-columns: 1fr; gap: 0; } .about dd, .meta dd { margin-bottom: .5rem; } .answer { padding: .8rem; } }
.warning, .gap { border-left: 4px solid var(--fair); background: var(--fair-fill); padding: .5rem .8rem; margin: .7rem 0; max-width: 46rem; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem;
  background: linear-gradient(to left, var(--page) 40%, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to left, #0004, transparent) right / .7rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; } caption { text-align: left; padding: .3rem 0; }
th, td { padding: .28rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; } thead th { vertical-align: bottom; border-bottom-width: 2px; }
th[scope=row] { font-weight: 600; min-width: 8.5rem; max-width: 20rem; } .n { text-align: right; white-space: nowrap; }
td.good { background: var(--good-fill); } td.fair { background: var(--fair-fill); } td.bad { background: var(--bad-fill); font-weight: 600; } td.good, td.fair, td.bad { white-space: nowrap; } td.k { white-space: nowrap; } td.w { overflow-wrap: anywhere; min-width: 15rem; } td.mute { color: var(--soft); }
.matrix td { white-space: nowrap; padding: .2rem .15rem; min-width: 3.1rem; line-height: 1.15; text-align: center; border-left: 1px solid var(--line); } .matrix thead th + th { padding: .4rem .2rem; text-align: left; }
.matrix td span { display: block; font-size: .72rem; line-height: 1.1; } .matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 14rem; font-weight: 600; } .matrix th[scope=row] { position: sticky; left: 0; background: var(--page); }
.chart { margin: 1rem 0 1.2rem; max-width: 44rem; } figcaption { font-weight: 600; color: var(--ink); font-size: .95rem; }
.chart > svg { display: block; overflow: visible; } svg text { font-size: 13px; fill: var(--ink); font-family: inherit; }
svg .tick { fill: var(--soft); font-size: 12px; } svg .group, svg .label, svg .value { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; } svg .group { font-weight: 600; } svg .value { font-variant-numeric: tabular-nums; font-weight: 600; } .grid { stroke: var(--line); stroke-width: 1; }
.reference { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 4; } .whisker { stroke: var(--ink); stroke-width: 1.5; }
.dash { display: inline-block; width: 1.6rem; border-top: 2px dashed var(--ink); vertical-align: middle; margin-right: .5rem; } .key { margin: .2rem 0; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: 0; margin: .3rem 0; font-size: .9rem; } .legend svg { margin-right: .4rem; vertical-align: -2px; overflow: visible; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
rect.bar { fill: var(--c); stroke: var(--c); stroke-width: 1; } rect.s1 { fill-opacity: .55; } rect.s2 { fill-opacity: .3; } rect.s3 { fill-opacity: .1; }
.line { fill: none; stroke: var(--c); stroke-width: 2; } .line.s1 { stroke-dasharray: 7 4; } .line.s2 { stroke-dasharray: 2 4; } .line.s3 { stroke-dasharray: 10 4 2 4; } .line.s4 { stroke-dasharray: 4 2; }
.mark { fill: var(--c); } .mark .open { fill: none; stroke: var(--c); stroke-width: 2; }
.part { stroke: var(--page); stroke-width: 1; } .part.good { fill: var(--s2); } .part.fair { fill: #e0b64c; } .part.mute { fill: var(--mute-fill); } .part.bad { fill: #d8744f; } .part.worst { fill: #8f1d1d; }
svg .count { font-size: 11px; font-weight: 700; fill: #14161a; } svg .count.worst { fill: #fff; } svg .count.mute { fill: var(--soft); } svg .count.good { fill: var(--page); }
.terms { display: grid; grid-template-columns: fit-content(13rem) 1fr; gap: .35rem .9rem; font-size: .92rem; margin: .6rem 0; } .terms dt { font-weight: 600; } .terms dd { margin: 0; max-width: 44rem; }
@media (max-width: 32rem) { .terms { grid-template-columns: 1fr; gap: 0; } .terms dd { margin-bottom: .6rem; } }
@media (max-width: 32rem) { .list thead { display: none; } .list, .list tbody, .list caption { display: block; } .list tr { display: flex; flex-wrap: wrap; gap: .1rem .8rem; padding: .4rem 0; border-bottom: 1px solid var(--line); } .list th, .list td { border: 0; padding: .1rem .3rem; max-width: none; } .list td:last-child { flex-basis: 100%; } }
nav ul { columns: 15rem; padding-left: 1.1rem; margin: .5rem 0; }
@page { size: A4; margin: 14mm 13mm; } @page wide { size: A4 landscape; margin: 12mm; }
@media print { :root { color-scheme: light; --page: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #f2f2f2;
    --good-fill: #e0f2e6; --fair-fill: #f9edcf; --bad-fill: #fbe3e3; --mute-fill: #eee; --s0: #2b62b5; --s1: #b3560f; --s2: #3a7d44; --s3: #8a4b9e; --s4: #57606a; --s5: #a3315c; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } body { font-size: 10.5pt; max-width: none; padding: 0; } nav { display: none; }
  .chart, tr, .answer li, .warning, .about { break-inside: avoid; } h2, h3, figcaption, caption { break-after: avoid; } section { break-inside: auto; margin-top: 1.2rem; }
  .scroll { overflow: visible; background: none; } table { font-size: 8.5pt; } th, td { padding: .18rem .4rem; } .wide { page: wide; } .matrix { font-size: 7pt; width: 100%; } .matrix td, .matrix thead th + th { padding: .15rem .1rem; } .matrix th[scope=row] { position: static; min-width: 0; } a { color: inherit; text-decoration: none; } }
`;
