// Debian's Firefox over WebDriver BiDi, once for all pages: the task comes as JSON on stdin, what was seen goes to
// stdout. What is right and wrong is said in test_firefox.py; here only what cannot be done at all ends the run.

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import puppeteer from "puppeteer-core";

const task = JSON.parse(await text(process.stdin));
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const PATIENCE = 20_000;

// What the browser says of the policy comes as a page error as well.
async function open(context, complaints) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  return page;
}

const sideways = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// A click as a hand makes it: what lies over the button would get it, and is named.
async function press(page, selector) {
  const button = await page.waitForSelector(selector, { visible: true });
  await button.scrollIntoView();
  const over = await button.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return element.contains(hit) ? "" : (hit?.outerHTML ?? "nothing").slice(0, 200);
  });
  if (over) throw new Error(`${selector} on ${page.url()} lies under ${over}`);
  await button.click();
}

const leaveBy = (page, selector) => Promise.all([page.waitForNavigation(), press(page, selector)]);

const looksLike = (page) =>
  page.evaluate(() => ({
    heading: document.querySelector("h1")?.textContent.trim() ?? "",
    language: document.documentElement.lang,
    background: getComputedStyle(document.body).backgroundColor,
  }));

async function faults(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations
      .filter((violation) => ["serious", "critical"].includes(violation.impact))
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
  });
}

// One load a page: it is judged at its first width, and made as narrow as the others then.
async function look(page, complaints, path, theme) {
  const before = complaints.length;
  const [width, ...others] = task.widths;
  await page.setViewport({ width, height: 900 });
  await page.goto(task.address + path);
  const seen = { path, theme, ...(await looksLike(page)), faults: await faults(page), sideways: { [width]: await sideways(page) } };
  for (const narrower of others) {
    await page.setViewport({ width: narrower, height: 900 });
    seen.sideways[narrower] = await sideways(page);
  }
  return { ...seen, complaints: complaints.slice(before) };
}

async function signInWithKeys(page, login, path) {
  await page.goto(task.address + path);
  await page.waitForSelector("#login:focus");
  await page.keyboard.type(login);
  await page.keyboard.press("Tab");
  await page.keyboard.type(task.password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

async function keysAlone(page) {
  const path = new URL(page.url()).pathname;
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.className);
  await page.keyboard.press("Enter");
  await page.waitForSelector("main:focus");
  return { path, first };
}

async function whereWouldItGo(page) {
  await page.goto(`${task.address}/`);
  await page.type("#from", "8 (916) 123-45-67");
  await press(page, "main button[type=submit]");
  await page.waitForSelector("#route-result .trace-hit", { visible: true });
  return { query: new URL(page.url()).search };
}

async function saveThePlan(page) {
  const { field, value } = task.plan;
  await page.setViewport({ width: 800, height: 600 }); // a tablet: the bar of places is there, and the form is long
  await page.goto(`${task.address}/plan`);
  const before = await page.$eval(field, (input) => input.value);
  await page.$eval(field, (input) => input.select());
  await page.type(field, value);
  await leaveBy(page, ".plan-save button[type=submit]");
  await page.goto(`${task.address}/plan`);
  const after = await page.$eval(field, (input) => input.value);
  await page.goto(`${task.address}/plan/draft`);
  const changes = await page.$$eval("#plan-draft tbody tr", (rows) => rows.length);
  await press(page, "form[action='/plan/draft/discard'] button");
  await leaveBy(page, "#confirm[open] button[value=yes]");
  await page.goto(`${task.address}/plan`);
  return { before, after, changes, thrown_away: await page.$eval(field, (input) => input.value) };
}

// The browser is dark throughout, so that the dark look is its own wish and the light one the reader's choice.
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: task.executable,
  headless: true,
  extraPrefsFirefox: { "intl.accept_languages": "ru", "layout.css.prefers-color-scheme.content-override": 0 },
});
// One reader, one window: what he chose is kept in cookies of his own.
async function readerIn(login, path, complaints) {
  const page = await open(await browser.createBrowserContext(), complaints);
  await signInWithKeys(page, login, path);
  return page;
}

async function walk(complaints) {
  const person = await readerIn("supervisor", "/calls", complaints);
  const keys = await keysAlone(person);
  const admin = await readerIn("admin", "/", complaints);
  return { keys, route: await whereWouldItGo(admin), plan: await saveThePlan(admin) };
}

async function lookAround() {
  const complaints = [];
  const page = await readerIn("admin", "/settings", complaints);
  const looks = [];
  for (const { theme, choice, pages } of task.looks) {
    await page.setCookie({ name: task.themeCookie, value: choice, url: task.address });
    for (const path of pages) looks.push(await look(page, complaints, path, theme));
  }
  return looks;
}

try {
  const complaints = [];
  const flows = await walk(complaints);
  const looks = await lookAround();
  process.stdout.write(JSON.stringify({ version: await browser.version(), flows, complaints, looks }));
} finally {
  await browser.close();
}
