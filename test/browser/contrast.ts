import type { Page } from 'playwright-core';

/**
 * Every visible text whose contrast with what lies under it is less than WCAG 2.2 AA asks for (1.4.3: 4.5, large text 3):
 * text, colours, ratio. Text in drawings counts by its fill and the shape under it.
 */
export async function poorContrast(page: Page): Promise<readonly string[]> {
  const height = await page.evaluate('document.documentElement.scrollHeight');
  const { width } = page.viewportSize()!;
  // What lies under a point can be asked for inside the window only.
  await page.setViewportSize({ width, height: Number(height) });
  return page.evaluate<string[]>(`(() => {
    const rgba = (text) => { const n = (text.match(/[\\d.]+/g) ?? []).map(Number); return n.length < 3 ? undefined : { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 }; };
    const light = ({ r, g, b }) => { const c = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)); return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
    const paint = (element) => {
      const style = getComputedStyle(element);
      const shape = element instanceof SVGGeometryElement;
      const colour = rgba(shape ? style.fill : style.backgroundColor);
      return colour && colour.a > 0.99 && style.visibility !== 'hidden' ? colour : undefined;
    };
    const poor = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility() || /^(SCRIPT|STYLE|title|OPTION)$/.test(element.tagName)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getClientRects()[0];
      if (!box || box.width === 0 || box.left < 0) continue;
      const under = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      const style = getComputedStyle(element);
      const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
      const ground = under.filter((one) => !one.matches('text,tspan')).map(paint).find(Boolean) ?? paint(document.body);
      const [a, b] = [light(ink), light(ground)].sort((p, q) => q - p);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) poor.push(node.data.trim().slice(0, 40) + ': ' + ratio.toFixed(2) + ' ' + JSON.stringify([ink, ground]));
    }
    return poor;
  })()`);
}
