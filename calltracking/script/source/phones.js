// A phone in a text: how it is recognised and how a new number takes over its spelling. Touches neither page nor net.

const SEAM = "\uffff"; // where one text node ends and the next begins
const GAP = "(?:[\\s\uffff\xad\u200b-\u2060().\u2212/·-]|%(?:2[089D]|C2%A0))";
const COUNTRY = /^(?:[17]|2[07]|3[0-469]|4[^2]|5[1-8]|6[0-6]|8[1246]|9[0-58]|...)/;
const DIALS = /^(?:tel|sms):/i;
const CHATS = /^(?:viber|whatsapp):|\/\/(?:wa\.me|\w+\.whatsapp\.com)\//i;
// Digits without any sign between them are a phone only after such a word, or alone.
const PHONE = /(?:тел|факс|звон|номер|лини|tel|phone|call|(?:^|\s)[тф]\.)[^\s\d]*\s*$/i;
const ANY = RegExp(`[+＋]?\\(?\\d(?:${GAP}{0,3}\\d){4,14}`, "g");

const digitsOf = (text) => text.replace(/%\w\w|\D/g, "");

/** `+74951234567` as ["7", "4951234567"]. */
function partsOf(number) {
  const digits = digitsOf(number);
  const country = COUNTRY.exec(digits)[0];
  return [country, digits.slice(country.length)];
}

/** What is looked for on the page: one of the company's numbers and the placement that it stands for. */
function entryOf({ id, number, selectors }) {
  const [country, national] = partsOf(number);
  return { id, number, country, national, selectors: selectors || [] };
}

/** One expression for all numbers: the code of the country or of long distance, and the number itself. */
function patternOf(entries) {
  const nationals = entries.map(({ national }) => national.split("").join(GAP + "{0,6}")).join("|");
  const countries = entries.map(({ country }) => country).join("|");
  const code = `(?:[+＋]|%2B|00)?${GAP}?(?:${countries})(?:${GAP}?\\(0\\))?|8?${GAP}?0|8|1`;
  return RegExp(`((?:${code})${GAP}{0,6})?(${nationals})`, "gi");
}

/** Whether digits that are ours stand for something else: a part of a longer number, an INN, a sum, an order. */
function isAlien(before, lead, body, after, bare, country) {
  if (/(?:\d|[+＋]|\d[.,:/+–—-]|\w\/)$/.test(before) || /^(?:\d|[.,/–—-]\d|\s\d{2,4}$)/.test(after)) return true;
  if (/[+＋]/.test(lead)) return !digitsOf(lead).startsWith(country);
  if (bare) return !PHONE.test(before) && !(lead && !(before + after).trim());
  return (
    /(?:[\w@=а-яё]|\+\d+[\s(]*)$/i.test(before) ||
    (/^[78]?\D*$/.test(lead) && /^\d{0,2}\D/.test(body)) ||
    (/\.$/.test(lead) && !/\D/.test(body)) ||
    /\d\s$/.test(before) + /^\s\d/.test(after) > !!lead
  );
}

/** `digits` in the places where `shape` has digits. */
function pour(shape, digits) {
  let next = 0;
  return shape.replace(/%\w\w|\d/g, (place) => (place[1] ? place : digits[next++]));
}

/** The new number in the spelling of the old one; written out where that has too few or too many places. */
function respell(lead, body, entry, to, url) {
  const [country, national] = partsOf(to);
  if (country == entry.country && national.length == entry.national.length) return lead + pour(body, national);
  if (url) return (DIALS.test(url) ? "+" : lead.replace(entry.country, "")) + country + national;
  return `+${country} ${national}` + body.replace(/[^\uffff]/g, "");
}

/** The one phone of an element that the webmaster has named: whichever it is, with its city code or without. */
function respellNamed(body, entry, to) {
  const [country, national] = partsOf(to);
  const digits = digitsOf(body);
  const over = digits.length - national.length;
  if (over >= 0) return pour(body, digits.slice(0, over) + national);
  const code = national.slice(0, -over);
  const local = pour(body, national.slice(-over));
  return entry.national.startsWith(code) ? local : `+${country} (${code}) ${local}`;
}

/** `text` with our numbers in it replaced; `become(entry, phone, spell)` is told of each and says what comes there. */
function replace(text, url, become) {
  return text.replace(pattern, (match, given = "", body, at) => {
    const entry = book.find(({ national }) => national == digitsOf(body));
    for (const lead of given ? [given, ""] : [""]) {
      const kept = given.slice(0, given.length - lead.length);
      // A formatted phone is not spoilt by what stands in another node.
      const bare = !/[^\d\uffff]/.test(lead + body);
      const before = (text.slice(0, at) + kept).replace(bare ? /\uffff/g : /.*\uffff/s, "");
      const after = text.slice(at + match.length).replace(bare ? /\uffff/g : /\uffff.*/s, "");
      const alien = url ? /\d$/.test(before) || /^\d/.test(after) : isAlien(before, lead, body.replace(/\uffff/g, ""), after, bare, entry.country);
      if (!alien) return kept + become(entry, lead + body, (to) => respell(lead, body, entry, to, url));
    }
    return match;
  });
}
