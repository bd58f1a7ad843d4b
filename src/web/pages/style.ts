import { COLOURS } from '../../report/html/stylesheet.js';

const PAGE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
.banner,main{max-width:62rem;margin:0 auto;padding:0 1rem}
.banner{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;padding-top:.8rem;padding-bottom:.6rem;font-size:.875rem;border-bottom:1px solid var(--rule)}
.banner p{margin:0}
.product{font-weight:700;color:var(--accent);text-decoration:none;margin-right:.4rem}
.tagline,.hint,.facts,.n,.size,.none{color:var(--soft)}
main{padding-bottom:3rem}
main:focus{outline:0}
h1{font-size:clamp(1.15rem,.95rem + 1vw,1.5rem);margin:1.2rem 0 .8rem}
h2{font-size:1.25rem;margin:0}
h1,h2,td,p,li{overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
[hidden]{display:none!important}
.skip{position:absolute;left:-99rem;top:0;padding:.6rem 1rem;background:var(--paper)}
.skip:focus{left:0;z-index:9}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
input,button{font:inherit;color:inherit}
input[type=search],input[type=password]{padding:.35rem .6rem;min-width:0;background:var(--paper);border:1px solid var(--soft);border-radius:4px}
button{padding:.35rem .9rem;min-height:2.2rem;color:var(--accent);background:var(--paper);border:1px solid var(--accent);border-radius:4px;cursor:pointer}
button:hover{background:var(--tint)}
button.main{color:var(--on);background:var(--accent);font-weight:600}
button.danger{background:var(--red);border-color:var(--red)}
button.plain{border-color:var(--rule);min-height:0;padding:.15rem .6rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
progress{width:100%;height:.6rem;accent-color:var(--accent)}
`;

const UPLOAD = `
.drop{padding:1.4rem 1.5rem;border:2px dashed var(--soft);border-radius:8px;background:var(--ground)}
.drop.over{border-color:var(--accent);border-style:solid;background:var(--tint)}
.drop label{font-weight:650;font-size:1.0625rem}
.drop p{margin:.3rem 0}
.choose{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
.choose input{flex:1 1 14rem;min-width:0;max-width:100%}
::file-selector-button{font:inherit;padding:.35rem .9rem;min-height:2.2rem;margin-right:.8rem;color:var(--on);background:var(--accent);border:1px solid var(--accent);border-radius:4px;font-weight:600;cursor:pointer}
.with-script{display:none}
.scripted .with-script{display:inline}
.scripted .choose .main{display:none}
.uploads{list-style:none;margin:.8rem 0 0;padding:0}
.uploads li{padding:.5rem 0;border-bottom:1px solid var(--rule)}
.uploads .line{display:flex;flex-wrap:wrap;gap:.2rem 1rem;justify-content:space-between;font-size:.9375rem}
.uploads .name{font-weight:600;overflow-wrap:anywhere}
.uploads .failed{color:var(--red)}
.now{padding:.6rem .8rem;background:var(--tint);border-left:4px solid var(--accent)}
.now.failed{background:var(--blush);border-left-color:var(--red)}
.acts{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:center}
`;

const LIST = `
.heading{display:flex;flex-wrap:wrap;gap:.6rem 1.5rem;justify-content:space-between;align-items:center;margin:2rem 0 .4rem}
.search{display:flex;gap:.4rem;align-items:center;max-width:100%}
.analyses{width:100%;border-collapse:collapse;font-size:.9375rem}
.analyses th{text-align:left;font-weight:600;color:var(--soft);font-size:.8125rem}
.analyses th,.analyses td{padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
.analyses td:first-child{font-weight:600;min-width:10rem}
.analyses time,.size,.delete{white-space:nowrap;font-variant-numeric:tabular-nums}
.analyses td:last-child{padding-right:0;text-align:right}
.status{font-weight:600}
.summary{display:block;color:var(--soft)}
.diagnosed .status,.suspected .status,.failed .status{color:var(--red)}
.queued .status,.running .status,.no-fault-found .status,.insufficient .status{color:var(--accent)}
.turn{display:flex;gap:1rem;margin-top:1rem}
@media (max-width:44rem){
.analyses thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.analyses,.analyses tbody,.analyses tr,.analyses td{display:block}
.analyses tr{border-bottom:1px solid var(--rule);padding:.6rem 0}
.analyses td{border:0;padding:.1rem 0}
.analyses td:nth-child(n+3){display:inline-block;margin-right:1rem;font-size:.875rem}
.tagline{display:none}
}
@media print{.drop,.search,.delete,.banner form{display:none}}
`;

export const STYLE = `${COLOURS}${PAGE}${UPLOAD}${LIST}`;
