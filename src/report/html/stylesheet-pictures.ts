/** The drawings: journey, ladder, map. Sizes of text agree with the widths in svg-text.ts. */
export const PICTURES = `
svg{display:block;overflow:hidden}
figure{position:relative;margin:.6rem 0}
figcaption{font-weight:600;margin-bottom:.4rem}
svg.wide,svg.tall{width:100%;height:auto}
svg.tall{max-width:32rem;margin:0 auto}
svg.wide{display:none}
@media (min-width:58rem),print{svg.wide{display:block}svg.tall{display:none}}
svg text{fill:var(--ink);font-size:13px}
svg a{text-decoration:none}
svg a:focus-visible{outline:0}
.hit{fill:transparent}
a:hover>.hit{fill:var(--ground)}
a:focus-visible>.hit{fill:var(--tint);stroke:var(--accent);stroke-width:2.5}
.node{fill:none;stroke:var(--rule);stroke-width:1.5}
.journey .name,.map .name{font-weight:650;font-size:15px}
.journey path.way{fill:none;stroke:var(--accent);stroke-width:2.5}
.journey path.way.beyond{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 4}
circle.ghost{fill:var(--paper);stroke:var(--soft);stroke-dasharray:3 2;stroke-width:1.5}
text.ghost{fill:var(--soft)}
.dot{fill:var(--paper);stroke:var(--accent);stroke-width:2.2}
.seen .dot{fill:var(--accent)}
.unseen .dot{stroke:var(--red);stroke-dasharray:3 2.4}
.unknown .dot{stroke:var(--soft);stroke-dasharray:2 2}
.breaks .dot{fill:var(--red);stroke:var(--red)}
.cross{fill:none;stroke:var(--on);stroke-width:2.4;stroke-linecap:round}
.station.beyond .dot{stroke:var(--soft)}
.station .number{font-size:11px;text-anchor:middle;fill:var(--accent);font-weight:600}
.station.seen .number{fill:var(--on)}
.station.unseen .number{fill:var(--red)}
.station.beyond .number,.station.unknown .number{fill:var(--soft)}
.station .stage{font-weight:650}
.station .device{font-weight:400;font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:12px}
.station .says{fill:var(--soft);font-size:12.5px}
.station .mark{font-size:12px;text-anchor:end;fill:var(--accent)}
.station.unseen .mark,.station.breaks .mark,.station.breaks .stage{fill:var(--red)}
.station.breaks .says{fill:var(--ink)}
.station.breaks .mark{font-weight:650}
.station.beyond .stage{fill:var(--soft)}
.chip rect{fill:var(--ground);stroke:var(--rule)}
.chip.envelope rect{fill:var(--tint);stroke:var(--accent)}
.chip.packet rect{fill:var(--paper);stroke:var(--soft)}
.chip text{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:11.5px}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.8125rem;color:var(--soft);margin:.5rem 0}
.legend li{display:flex;align-items:center;gap:.4rem}
.peek{position:absolute;z-index:5;left:0;max-width:min(38rem,100%);background:var(--paper);border:1px solid var(--accent);border-radius:4px;padding:.6rem .8rem;font-size:.875rem;box-shadow:0 4px 16px rgb(0 0 0/.2);pointer-events:none}
.taps{counter-reset:tap;font-size:.875rem}
.taps li{counter-increment:tap}
.taps li::before{content:counter(tap) ". ";color:var(--accent);font-weight:650}
.tap circle{fill:var(--tint);stroke:var(--accent)}
.tap .number{text-anchor:middle;font-size:11px;font-weight:650;fill:var(--accent)}
.tap .name,.tap .device{text-anchor:middle;font-size:11.5px}
.tap .device{fill:var(--soft)}
.life{stroke:var(--rule);stroke-width:1.5;fill:none}
.rung .arrow{stroke:var(--accent);stroke-width:2;fill:none}
.rung .head,.rung .sight{fill:var(--accent)}
.rung.answer .arrow{stroke:var(--ink)}
.rung.answer .head,.rung.answer .sight{fill:var(--ink)}
.rung.error .arrow{stroke:var(--red)}
.rung.error .head,.rung.error .sight,.rung.error .what{fill:var(--red)}
.rung .what{text-anchor:middle;font-size:11.5px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.rung.repeated .what{font-weight:650}
.rung.repeated .arrow{stroke-dasharray:7 3}
.rung .time,.rung .pause{text-anchor:end;font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}
.rung .pause{font-style:italic}
.rung .frame{font-size:10px;fill:var(--soft)}
.box rect{fill:var(--paper);stroke:var(--rule);stroke-width:1.5}
.box.odd rect{stroke:var(--red);stroke-width:2.5}
.box.differs rect{stroke:var(--ink);stroke-width:2;stroke-dasharray:2 3}
.box.absent rect{stroke-dasharray:5 4}
.box .known{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:11.5px}
.box .says{fill:var(--ink)}
.box.odd .says{fill:var(--red)}
.bow{fill:none;stroke-width:2;stroke:var(--accent)}
.bow.wrong{stroke:var(--red);stroke-width:2.8}
.bow.unknown{stroke:var(--soft);stroke-dasharray:4 4}
.tip{fill:var(--accent)}
.tip.wrong{fill:var(--red)}
.tip.unknown{fill:var(--soft)}
.way-link:hover .bow,.way-link:focus-visible .bow{stroke-width:4.5}
.matrix text{font-size:11.5px}
.matrix .row{text-anchor:end}
.matrix .odd{fill:var(--red);font-weight:650}
.matrix .differs{font-weight:650}
.cell.right{fill:var(--tint);stroke:var(--accent);stroke-width:.6}
.cell.wrong{fill:var(--red)}
.cell.unknown{fill:none;stroke:var(--soft);stroke-dasharray:2 2}
.cell.none{fill:var(--rule)}
.matrix .cross{stroke-width:1.6}
.matrix a:focus-visible .cell{stroke:var(--ink);stroke-width:3}
`;
