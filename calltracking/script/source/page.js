// The page: which of its texts and links carry our numbers, and writing others into them without leaving a trace.

const OUT =
  "script,style,noscript,template,code,pre,textarea,input,select,head,link,[contenteditable]:not([contenteditable=false]),[data-trunkline=off]";
const INLINE = /^(?:A|B|BD[IO]|BIG|EM|FONT|I|LABEL|MARK|NOBR|SMALL|SPAN|STRONG|SU[BP]|U|WBR)$/i;
const ATTRIBUTES = ["href", "aria-label", "title", "alt"];
const FIGHTS = 20; // that many rewrites in ten seconds, and the page is left to the other

const written = new WeakMap(); // node → { name: [what stood there, what we wrote] }
const touched = new WeakSet(); // elements that had a phone of ours
const named = new WeakMap(); // element → the entry that a selector gives it
const roots = new Set();
let book = []; // entries of phones.js
let pattern;
let numbers = {}; // placement → { number, kind }
let puts = 0;
let phones = 0; // ours, that were found
const fights = [];
let clash; // another script is at the same numbers: said with the next beat or swap

/** What an entry's phone becomes; in test mode one that nobody can take for a phone. */
function numberFor(entry) {
  if (mode == "test") return "+" + entry.country + entry.national.replace(/./g, 0);
  return (numbers[entry.id] || {}).number;
}

/** What stands there but for us. */
function originalOf(node, name, value) {
  const known = (written.get(node) || {})[name];
  return known && known[1] == value ? known[0] : value;
}

/** Write only where it differs; the original is kept, so that the next number starts from it. */
function put(node, name, value, original, wanted) {
  if (value == wanted) return;
  written.set(node, { ...written.get(node), [name]: [original, wanted] });
  if (name) node.setAttribute(name, wanted);
  else node.data = wanted;
  puts++;
}

/** A text or an attribute of `element` as it should be. */
function wantedOf(element, text, entry, name) {
  const before = phones;
  const become = (found, phone, spell) => {
    phones++;
    touched.add(element);
    onPhone(element, found);
    const to = numberFor(found);
    const fresh = to ? spell(to) : phone;
    if (mode == "explain") log.push([element, phone, fresh, found.id, name]);
    return fresh;
  };
  const url = name == "href" && text;
  const wanted = replace(text, url, become);
  if (phones > before) return wanted;
  // A phone where ours stood, and none of ours: another script's.
  if (touched.has(element) && digitsOf(text)[9]) clash = clash || "foreign";
  if (!entry) return wanted;
  if (DIALS.test(url)) return become(entry, text, (to) => text.replace(/^(\w+:)[^;,]*/, "$1" + to));
  if (name || (text.match(ANY) || "").length != 1) return wanted;
  return text.replace(ANY, (phone) => become(entry, phone, (to) => respellNamed(phone, entry, to)));
}

/** One run of text without a block's edge in it, maybe of several nodes. */
function onText(nodes, entry) {
  const texts = nodes.map((node) => originalOf(node, "", node.data));
  const text = texts.join(SEAM);
  const element = nodes[0].parentNode;
  const wanted = wantedOf(element, text, entry).split(SEAM);
  // A page that has a seam of its own in a text keeps that text.
  if (!wanted[nodes.length]) nodes.forEach((node, index) => put(node, "", node.data, texts[index], wanted[index]));
}

function onAttributes(element, entry) {
  for (const name of ATTRIBUTES) {
    const value = element.getAttribute(name);
    if (/\d/.test(value) && (name != "href" || DIALS.test(value) || CHATS.test(value))) {
      const text = originalOf(element, name, value);
      put(element, name, value, text, wantedOf(element, text, entry, name));
    }
  }
}

const isBlock = (node) => node.nodeType == 1 && !INLINE.test(node.nodeName);

/** Walk everything under `start`, which begins and ends a run of text. */
function walk(start) {
  const out = new Set(start.querySelectorAll(OUT));
  let run = [];
  let entry;
  for (let node = start; node && !entry; node = node.parentNode) entry = named.get(node);
  const flush = () => {
    if (/\d/.test(run.map((node) => node.data))) onText(run, entry);
    run = [];
  };
  const enter = (node) => {
    const element = node.nodeType == 1;
    if (node.nodeType == 3) run.push(node);
    if (out.has(node)) flush();
    else if (element || node.nodeType == 11) {
      const edge = isBlock(node) || named.has(node);
      const outer = entry;
      if (edge) flush();
      entry = named.get(node) || entry;
      if (element) onAttributes(node, entry);
      for (let child = node.firstChild; child; child = child.nextSibling) enter(child);
      if (edge) flush();
      entry = outer;
      if (node.shadowRoot) adopt(node.shadowRoot);
    }
  };
  enter(start);
  flush();
}

/** A tree of its own, the document or an open shadow root: watched, and gone through with the numbers of now. */
function adopt(root) {
  roots.add(root);
  observer.observe(root, { childList: true, subtree: true, characterData: true, attributeFilter: ATTRIBUTES });
  nameAll(root);
  walk(root);
}

/** Which elements the webmaster has named. */
function nameAll(root) {
  for (const entry of book)
    for (const selector of entry.selectors)
      try {
        root.querySelectorAll(selector).forEach((element) => named.set(element, entry));
      } catch {
        // the overlay tells of a selector that is none
      }
}

/** The node whose edges are edges of text: what changed inside is understood from there. */
function blockOf(node) {
  while (node.parentNode && !isBlock(node)) node = node.parentNode;
  return node;
}

/** Everything again, with the numbers of now. */
function sweep() {
  if (clash == "fight") return;
  roots.forEach((root) => root.isConnected && adopt(root));
  observer.takeRecords();
}

/** What others changed on the page; what changes again and again is another script's, and is left to it. */
const observer = new MutationObserver((records) => {
  const before = puts;
  const blocks = new Set();
  for (const { target, addedNodes } of records) {
    nameAll(target.getRootNode());
    const added = [...addedNodes];
    (added[0] && added.every(isBlock) ? added : [blockOf(target)]).forEach((block) => blocks.add(block));
  }
  blocks.forEach((block) => block.isConnected && !(block.closest ? block : block.host).closest(OUT) && walk(block));
  observer.takeRecords();
  if (puts == before || fights.push(now()) <= FIGHTS || now() - fights.shift() > 1e4) return;
  observer.disconnect();
  clash = "fight";
});
