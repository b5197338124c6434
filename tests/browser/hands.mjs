// Debian's Firefox over WebDriver BiDi, ordered about: one order a line of JSON on stdin, one answer a line on stdout.
// It ends with its stdin. What is right and wrong is said in Python, for Chromium alike: screens.py.

import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const PATIENCE = 30_000;
const screens = new Map(); // id → { page, context, complaints }

const ORDERS = {
  async open({ id, address, cookies, watch, width }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage({ type: "window" }); // no desk hides another
    const complaints = [];
    screens.set(id, { page, context, complaints });
    page.setDefaultTimeout(PATIENCE);
    // That a server which is down was not reached is told as an error of the page as well.
    page.on("pageerror", (error) => /ws:\/\//.test(String(error)) || complaints.push(String(error)));
    await page.setViewport({ width, height: 900 });
    const domain = new URL(address).hostname;
    await context.setCookie(...cookies.map((cookie) => ({ ...cookie, domain, path: "/" })));
    await page.evaluateOnNewDocument(watch);
    await page.goto(address);
  },
  evaluate: ({ id, expression }) => screens.get(id).page.evaluate(expression),
  async reload({ id }) {
    await screens.get(id).page.reload();
  },
  async press({ id, selector, key }) {
    const { page } = screens.get(id);
    await page.bringToFront(); // a button of a window behind does not hear Enter
    if (selector) await page.focus(selector);
    const [last, ...held] = key.split("+").reverse();
    for (const one of held) await page.keyboard.down(one);
    await page.keyboard.press(last);
    for (const one of held) await page.keyboard.up(one);
  },
  // As a hand makes it: what lies over it would get it, and is named.
  async click({ id, selector }) {
    const { page } = screens.get(id);
    await page.bringToFront();
    const found = await page.waitForSelector(selector, { visible: true });
    await found.scrollIntoView();
    const over = await found.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      return element.contains(hit) ? "" : (hit?.outerHTML ?? "nothing").slice(0, 200);
    });
    if (over) throw new Error(`${selector} lies under ${over}`);
    await found.click();
  },
  async choose({ id, selector, value }) {
    await screens.get(id).page.select(selector, value);
  },
  async type({ id, text }) {
    const { page } = screens.get(id);
    await page.bringToFront();
    await page.keyboard.type(text);
  },
  async close({ id }) {
    const { context, complaints } = screens.get(id);
    screens.delete(id);
    await context.close();
    return complaints;
  },
};

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.argv[2],
  headless: true,
  extraPrefsFirefox: { "intl.accept_languages": "ru" },
});
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const { order, ...what } = JSON.parse(line);
    let answer;
    try {
      answer = { done: (await ORDERS[order](what)) ?? null };
    } catch (error) {
      answer = { failed: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
} finally {
  await browser.close();
}
