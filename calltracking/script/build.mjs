// Makes t.js, explain.js, form.js and callback.js of static/ out of source/: node calltracking/script/build.mjs [FOLDER]
// What a page may pin (t.js, and the overlay that it pins itself) is kept for ever in static/pinned, by its content.
// Needs the packages of tests/browser (npm ci there). Whoever installs or runs Trunkline needs neither.

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const { minify } = createRequire(new URL("../../tests/browser/package.json", import.meta.url))("terser");
const SOURCE = new URL("source/", import.meta.url);
const PARTS = ["phones", "page", "source", "wire", "start"];
const target = process.argv[2] ? new URL(`file://${process.argv[2]}/`) : new URL("static/", import.meta.url);
const read = (name) => readFile(new URL(`${name}.js`, SOURCE), "utf8");
const wrap = (text) => `(() => {\n${text}\n})();\n`;
const digest = (text, kind, form) => createHash(kind).update(text).digest(form);

async function small(text, preamble, more) {
  // `let` is shorter than `const`; in what nobody writes any more it is as good.
  const { code } = await minify(text.replace(/\bconst\b/g, "let"), {
    ecma: 2019,
    compress: { passes: 3, unsafe_arrows: true, ...more },
    mangle: { properties: { regex: /^(?:national|country|held|seen|said)$/ } },
    format: { preamble },
  });
  return `${code}\n`;
}

/** Into the archive and its list, to which lines are only added: a test serves every one of them. */
async function keep(text, prefix) {
  const hash = digest(text, "sha256", "hex");
  const name = `${prefix}${hash.slice(0, 12)}.js`;
  const list = new URL("pinned/SHA256SUMS", target);
  const known = await readFile(list, "utf8").catch(() => "");
  await writeFile(new URL(`pinned/${name}`, target), text);
  if (!known.includes(name)) await writeFile(list, `${known}${hash}  ${name}\n`);
}

const LICENCE = "/* Trunkline, AGPL-3.0 */";
const parts = await Promise.all(PARTS.map(read));
const overlay = await read("explain");
const [tracked, form, callback] = await Promise.all(["tracked", "form", "callback"].map(read));
const explain = await small(wrap(overlay), LICENCE);
const integrity = `sha256-${digest(explain, "sha256", "base64")}`;
await mkdir(new URL("pinned/", target), { recursive: true });
const script = await small(wrap(parts.join("\n")).replace("__EXPLAIN__", integrity), LICENCE, { booleans_as_integers: true });
await writeFile(new URL("explain.js", target), explain);
await writeFile(new URL("t.js", target), script);
await keep(explain, "explain-");
await keep(script, "");
for (const [name, text] of Object.entries({ form, callback }))
  await writeFile(new URL(`${name}.js`, target), await small(wrap(`${tracked}\n${text}`), LICENCE));
await writeFile(new URL("source.sha256", target), `${digest([...parts, overlay, tracked, form, callback].join(""), "sha256", "hex")}\n`);
