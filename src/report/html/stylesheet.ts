import { PICTURES } from './stylesheet-pictures.js';

/** Colours meet WCAG AA on every ground they stand on. Blue leads, red says broken, and nothing else is coloured. */
export const COLOURS = `
:root{color-scheme:light dark;--paper:#fdfdfc;--ground:#f3f4f5;--ink:#1b2026;--soft:#545e68;--rule:#d4d9dd;--accent:#1c578a;--tint:#e8f0f7;--red:#b3241a;--blush:#fbecea;--on:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#15191d;--ground:#1e2429;--ink:#e3e7ea;--soft:#a4aeb7;--rule:#39424a;--accent:#82b9e8;--tint:#1c2b39;--red:#ff8d80;--blush:#35201f;--on:#15191d}}
`;

const TEXT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
header,main,footer{max-width:62rem;margin:0 auto;padding:0 1rem}
p,ul,ol,dl,dd,figure,pre{margin:0;padding:0}
ul,ol{list-style:none}
h1,h2,h3,h4,h5{margin:0;line-height:1.3;font-weight:650;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
code,pre,.place,.flow{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.875em;unicode-bidi:isolate}
pre code,h3.flow{font-size:inherit}
pre{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:8}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
[tabindex="-1"]:focus{outline:0}
[hidden]{display:none!important}
:target{background:var(--tint);box-shadow:0 0 0 .3rem var(--tint)}
section:target{background:none;box-shadow:none}
.skip{position:absolute;left:-99rem;top:0;padding:.6rem 1rem;background:var(--paper)}
.skip:focus{left:0;z-index:9}
.n{color:var(--soft);font-weight:400;font-size:.875em;font-variant-numeric:tabular-nums}
.place,.role,.lead,.meta,.mark,footer,.facts,.for,.cites,.kind,.who{color:var(--soft)}
.place,.n,p,dt,dd,li,summary,figcaption{overflow-wrap:anywhere}
`;

const PAGE = `
.banner{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1.5rem;padding-top:.8rem;padding-bottom:.6rem;font-size:.875rem}
.product{font-weight:700;color:var(--accent);margin-right:.4rem}
.bundle{overflow-wrap:anywhere}
.site{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;max-width:62rem;margin:0 auto;padding:.6rem 1rem;font-size:.875rem;border-bottom:1px solid var(--rule)}
.downloads{display:flex;flex-wrap:wrap;gap:.2rem .8rem;color:var(--soft)}
.site>:last-child{margin-left:auto}
#verdict{border-top:4px solid var(--red);padding:1rem 0 1.4rem}
#verdict.no-fault-found,#verdict.insufficient{border-top-color:var(--accent)}
.state{margin-bottom:.35rem;color:var(--soft)}
.state>strong{color:var(--red)}
.no-fault-found .state>strong,.insufficient .state>strong{color:var(--accent)}
.code{display:inline-block;max-width:100%;overflow-wrap:anywhere}
.state .code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.9375em}
.confidence{margin-left:.3rem}
h1{font-size:clamp(1.125rem,1rem + .6vw,1.375rem);font-weight:600;max-width:56rem}
.where{margin-top:.9rem;padding:.5rem .8rem;background:var(--blush);border-left:4px solid var(--red)}
.where .label{color:var(--red);font-weight:650}
.where a{color:inherit}
.about,.clocks{margin-top:.8rem}
h2{font-size:1.25rem}
h2.fix,.also h2{font-size:1rem;margin:1.1rem 0 .4rem}
main>section:not(#verdict){padding:1.6rem 0 .6rem;border-top:1px solid var(--rule)}
main>section>h2{margin-bottom:.6rem}
h3{font-size:1rem;margin:1.3rem 0 .5rem}
h4{font-size:1rem;margin:1.3rem 0 .3rem}
h5{font-size:.9375rem;margin:.9rem 0 .3rem}
summary h4{display:inline;margin:0;font-weight:600}
.lead{margin-bottom:.8rem;max-width:52rem}
.contents{border-top:1px solid var(--rule);padding:.6rem 0}
.contents ul{display:flex;flex-wrap:wrap;gap:.15rem 1.2rem;font-size:.9375rem}
.contents li{white-space:nowrap}
footer{border-top:1px solid var(--rule);margin-top:2rem;padding-top:.8rem;padding-bottom:2rem;font-size:.875rem}
`;

const BLOCKS = `
.command{display:flow-root;background:var(--ground);border:1px solid var(--rule);border-radius:4px;margin:.25rem 0}
.command pre{padding:.4rem .7rem}
.copy{font:inherit;font-size:.8125rem;line-height:1.2;float:right;margin:.25rem .3rem .1rem .6rem;padding:.3rem .6rem;min-width:4.6rem;min-height:1.75rem;color:var(--accent);background:var(--paper);border:1px solid var(--accent);border-radius:3px;cursor:pointer}
.copy:hover{background:var(--tint)}
.remedy{margin:.3rem 0 1rem}
.remedy>p{margin:.3rem 0;max-width:52rem}
.remedy>p::first-letter{text-transform:uppercase}
.fix~.remedy>.command{border-left:4px solid var(--accent)}
.after{display:grid;grid-template-columns:auto 1fr;gap:0 .8rem;font-size:.9375rem;align-items:baseline}
.after dt{color:var(--soft)}
.after dd{min-width:0}
.collect li{margin-bottom:.4rem}
.also ul{margin-left:0}
.evidence li{margin:.45rem 0;padding-left:.8rem;border-left:2px solid var(--rule)}
.evidence p{font-size:.875rem;line-height:1.45}
.evidence .place{font-size:.8125rem}
.evidence pre{font-size:.8125rem;line-height:1.45}
.evidence p+pre{margin-top:.1rem}
summary{cursor:pointer}
details.more>summary{color:var(--accent);padding:.3rem 0;width:fit-content;font-size:.9375rem}
details.row{border-bottom:1px solid var(--rule);padding:.35rem 0}
details.row>summary{padding:.1rem 0}
.plain-row{border-bottom:1px solid var(--rule);padding:.45rem 0}
.finding{border:1px solid var(--rule);border-left-width:4px;border-radius:4px;padding:.5rem .8rem;margin:.45rem 0}
.finding[open]{padding-bottom:.8rem}
.finding.critical{border-left-color:var(--red)}
.finding.warning{border-left-color:var(--ink)}
.finding>summary>.code{color:var(--soft);margin-left:.3rem}
.severity{display:inline-block;font-size:.75rem;font-weight:650;line-height:1.2;padding:.12rem .4rem;border:1px solid currentColor;border-radius:3px;margin-right:.2rem;color:var(--soft)}
.critical .severity{color:var(--on);background:var(--red);border-color:var(--red)}
.warning .severity{color:var(--ink)}
.finding>p{margin:.4rem 0;max-width:52rem}
.meta{font-size:.875rem}
.meta>span+span::before{content:"\\00b7";margin:0 .5rem}
dt{font-weight:600}
.not-read dt,.checks dt{margin-top:.7rem}
.not-read li{font-size:.875rem}
.codes{display:flex;flex-wrap:wrap;gap:0 1.1rem}
.at-break{background:var(--blush);border-left:4px solid var(--red);padding:.6rem .8rem;margin:.8rem 0}
.at-break>p b{color:var(--red)}
.unmarked{border-left:4px solid var(--rule);padding-left:.8rem;margin:.6rem 0}
.at-break .evidence li{border-left-color:var(--red)}
.steps ol{counter-reset:step}
.steps li[id]{padding:.4rem 0 .4rem .8rem;border-left:2px solid var(--rule);margin:.2rem 0}
.steps li.breaks{border-left-color:var(--red)}
.steps li.breaks .mark{color:var(--red);font-weight:600}
.steps .evidence{margin-left:.6rem}
.stage{font-weight:600}
.mark{font-size:.875rem;margin-left:.4rem}
.way{font-weight:650;margin-top:.8rem}
.header code{color:var(--accent)}
.ways li[id]{margin:.6rem 0;padding-left:.8rem;border-left:3px solid var(--rule)}
.ways li.wrong{border-left-color:var(--red)}
.ways li .evidence{margin-left:.2rem}
.packets ol>li{margin:.7rem 0}
.nodes{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.6rem;margin:.8rem 0}
.nodes>li{border:1px solid var(--rule);border-radius:4px;padding:.5rem .7rem;font-size:.875rem}
.nodes>.odd{border:2px solid var(--red)}
.nodes>.differs{border:2px dotted var(--ink)}
.nodes .says{color:var(--red)}
.nodes ul{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.8125rem}
.scroll{overflow-x:auto;max-width:100%}
.filter{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;padding:.5rem 0;font-size:.9375rem}
.filter input[type=search],.filter select{font:inherit;font-size:.9375rem;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:3px;padding:.2rem .4rem;max-width:13rem;min-height:1.9rem}
.filter input[type=checkbox]{accent-color:var(--accent);width:1.1rem;height:1.1rem;vertical-align:-.15rem}
.filter output{color:var(--soft);margin-left:auto}
.timeline>summary{color:var(--accent);font-size:.9375rem;width:fit-content}
.events{font-size:.875rem}
.events>li{display:grid;grid-template-columns:13.5rem 5.5rem 6.5rem 1fr;gap:0 .8rem;padding:.3rem .5rem;border-left:3px solid transparent;border-bottom:1px solid var(--rule)}
.events.long>li{content-visibility:auto;contain-intrinsic-size:auto 3.2rem}
.events>.cited{border-left-color:var(--accent)}
.events .time{font-variant-numeric:tabular-nums}
.events .says{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.8125rem;unicode-bidi:isolate}
.events .source{grid-column:4;font-size:.8125rem}
.events .source .place{font-size:1em}
.events .cites::before{content:"\\00b7";margin:0 .3rem}
abbr{text-decoration:none}
.on-paper{display:none;color:var(--soft)}
`;

const PHONE = `
@media (max-width:45rem){
.events>li{grid-template-columns:1fr auto;gap:0 .6rem}
.events .time{grid-column:1}.events .kind{grid-column:2}
.events .who,.events .says,.events .source{grid-column:1/-1}
.events .who:empty{display:none}
.after{grid-template-columns:1fr}
.filter output{margin-left:0}
}
`;

const PAPER = `
@page{size:A4;margin:14mm 12mm}
@media print{
:root{--paper:#fff;--ground:#f4f4f4;--ink:#000;--soft:#444;--rule:#bbb;--accent:#174a77;--tint:#fff;--red:#a01d14;--blush:#fff;--on:#fff}
body{font-size:10pt}
header,main,footer{max-width:none;padding:0}
.skip,.site,.copy,.filter,.peek,.contents{display:none!important}
details:not(.bulk)::details-content{content-visibility:visible!important;display:block!important;height:auto!important}
.events.long>li{content-visibility:visible}
.lead,.meta,.finding,.command,.at-break,.evidence li,.events>li,svg,figure{break-inside:avoid}
h2,h3,h4,h5,figcaption,summary,.lead,.flow,.meta,.unmarked{break-after:avoid}
.severity{-webkit-print-color-adjust:exact;print-color-adjust:exact}
svg{-webkit-print-color-adjust:exact;print-color-adjust:exact;max-height:250mm}
/* A line at the very edge of the page's area is cut. */
svg.wide{width:calc(100% - 1mm)}
.scroll{overflow:visible}
.bulk:not([open])>summary::after{content:" (folded; in the file)";color:var(--soft)}
.events.long>li:not(.cited){display:none}
.on-paper{display:block}
.matrix{width:100%;height:auto}
a{color:inherit;text-decoration:none}
}
`;

/** All of the page's style; its hash stands in the page's policy, so that no style of a bundle can come in. */
export const STYLESHEET = [COLOURS, TEXT, PAGE, BLOCKS, PICTURES, PHONE, PAPER].join('').replaceAll('\n\n', '\n');
