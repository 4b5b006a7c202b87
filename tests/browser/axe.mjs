// Every page of viewer and desk before axe-core, on a wide screen and on a telephone, in both languages and all themes: no
// violation of WCAG 2.2 A and AA, and in the theme of high contrast none of the contrast of AAA either.
//     node tests/browser/axe.mjs PATH_TO_KHO
//
// Themes differ in their colours only, so in the others only the rules about colours are asked. Languages differ in their words
// only, so each page that was found is looked at once more in English.
//
// It follows the links that it finds, so a new page is looked at without being listed. Of pages that differ only in the record
// that they show, it looks at one for each kind of record.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/axe.mjs PATH_TO_KHO");
  process.exit(2);
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = [1280, 390];
/** The themes as systems ask for them, with the rules that look at colours. */
const THEMES = [
  { name: "dark", media: { colorScheme: "dark" }, rules: ["color-contrast", "link-in-text-block"] },
  { name: "high contrast", media: { contrast: "more" }, rules: ["color-contrast-enhanced", "link-in-text-block"] },
  { name: "high contrast in the dark", media: { contrast: "more", colorScheme: "dark" }, rules: ["color-contrast-enhanced", "link-in-text-block"] },
];
const LIGHT = { colorScheme: "light", contrast: "no-preference" };
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
viewer.addArchivist("axe", "mật khẩu của bài thử");
const browser = await startChromium();
const kinds = new Map(viewer.records().map((record) => [record.id, record.kind]));
const found = [];
let looked = 0;

/** What a page is one of: its address without the record that it is about. */
function sort(address) {
  const url = new URL(address, viewer.base);
  const parts = url.pathname.split("/").map((part) => kinds.get(part.replace(/\.json$/, "")) ?? (/^[0-9a-f]{16,}$/.test(part) ? "*" : part));
  if (parts[1] === "r" && parts[3] === "steps") parts[4] = "*";
  // The other language has other words, and the same page.
  const asked = new Set([...url.searchParams.keys()].filter((name) => name !== "lang" || url.pathname === "/"));
  return `${parts.join("/")}?${[...asked].sort().join("&")}`;
}

/** Pages only: no files, no data, nothing that changes what the next page is. */
const isPage = (address) => !/^\/(media|derived|assets|api|iiif)\/|\.json$|\/(sign-out|export)|\.xml$|\.csv$/.test(new URL(address, viewer.base).pathname);

async function judge(page, where, runOnly) {
  const { violations } = await page.evaluate((asked) => globalThis.axe.run(document, { runOnly: asked, resultTypes: ["violations"] }), runOnly);
  for (const { id, help, nodes } of violations) {
    found.push(`${where}: ${id} (${help}), ${nodes.length} times:\n      ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join("\n      ")}`);
  }
}

async function look(page, address) {
  await page.emulateMedia(LIGHT);
  await page.goto(new URL(address, viewer.base).href, { waitUntil: "load" });
  await page.evaluate(axe);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await judge(page, `${address} at ${width} px`, { type: "tag", values: TAGS });
  }
  for (const { name, media, rules } of THEMES) {
    await page.emulateMedia({ ...LIGHT, ...media });
    await judge(page, `${address} in ${name}`, { type: "rule", values: rules });
  }
  looked += 1;
  return page.evaluate(() => [...document.querySelectorAll("a[href]:not([rel~=nofollow])")].map((link) => link.getAttribute("href")));
}

/** Pages that were found in Vietnamese, in English. */
async function lookInEnglish(context, addresses) {
  await context.addCookies([{ name: "lang", value: "en", url: viewer.base }]);
  const page = await context.newPage();
  for (const address of addresses.filter((found) => !/[?&]lang=/.test(found))) {
    await page.goto(new URL(address, viewer.base).href, { waitUntil: "load" });
    await page.evaluate(axe);
    await judge(page, `${address} in English`, { type: "tag", values: TAGS });
  }
  await page.close();
}

async function crawl(context, begin) {
  const page = await context.newPage();
  const waiting = [...begin];
  const [seen, looks] = [new Set(), []];
  while (waiting.length > 0) {
    const address = waiting.shift().split("#")[0];
    const url = address && new URL(address, viewer.base);
    if (!url || url.origin !== new URL(viewer.base).origin || !isPage(address) || seen.has(sort(address))) continue;
    seen.add(sort(address));
    looks.push(address);
    waiting.push(...(await look(page, address)).map((link) => new URL(link, url).href.slice(viewer.base.length)).filter((link) => link.startsWith("/")));
  }
  await page.close();
  await lookInEnglish(context, looks);
  return seen;
}

const stranger = await browser.newContext();
const kindsOnce = [...new Map([...kinds].map(([id, kind]) => [kind, id])).values()];
const open = await crawl(stranger, ["/", "/?lang=en", "/search?q=khong-co-gi-nhu-the", "/search?q=d%E1%BB%87t&kind=document&year=1900..2030", "/search?q=hom+mi%E1%BB%87ng&lang=en", "/r/khong-co", "/desk/sign-in", `/set?title=Bộ&r=${kindsOnce.join("&r=")}`, ...kindsOnce.map((id) => `/r/${id}`)]);

const archivist = await browser.newContext();
const door = await archivist.newPage();
await door.goto(`${viewer.base}/desk/sign-in`);
await door.fill("input[name=name]", "axe");
await door.fill("input[name=password]", "mật khẩu của bài thử");
await Promise.all([door.waitForURL((url) => !url.pathname.endsWith("/sign-in")), door.press("input[name=password]", "Enter")]);
await door.close();
const desk = await crawl(archivist, ["/desk", ...kindsOnce.flatMap((id) => [`/desk/describe/${id}`, `/desk/history/${id}`])]);

await browser.close();
await viewer.close();
for (const one of found) console.log(`FAIL  ${one}`);
console.log(`${looked} pages looked at (${open.size} as a stranger, ${desk.size} as an archivist), each at ${WIDTHS.join(" and ")} px, in four themes and two languages: ${found.length} violations`);
if (process.env.KHO_AXE_LIST) console.log([...open, "--", ...desk].join("\n"));
// A crawl that was locked out finds nothing wrong.
process.exit(found.length === 0 && open.size > 12 && desk.size > 20 ? 0 : 1);
