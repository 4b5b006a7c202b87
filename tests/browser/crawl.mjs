// The whole viewer, as a stranger and as an archivist, over an archive in which every text tries to be a program (plant.py):
// no broken link, no error, no request outside the server, and every text is shown as it was typed.
//     node tests/browser/crawl.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root, startChromium } from "./viewer.mjs";

const [program] = process.argv.slice(2).map((given) => path.resolve(given));
if (!program) {
  console.error("use: node tests/browser/crawl.mjs PATH_TO_KHO");
  process.exit(2);
}
const password = "nan tre gác bếp ba tháng";
const folder = await mkdtemp(path.join(tmpdir(), "kho-crawl-"));
const archive = path.join(folder, "kho");
const planted = JSON.parse(execFileSync("python3", [path.join(root, "tests/browser/plant.py"), program, folder], { encoding: "utf8", maxBuffer: 64 << 20 }));
const kho = (...words) => execFileSync(program, [...words, "-a", archive], { encoding: "utf8", input: `${password}\n`, stdio: ["pipe", "pipe", "ignore"], maxBuffer: 64 << 20 });
kho("user", "add", "lan", "--role", "archivist");
const records = kho("records").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const kinds = new Map(records.map((record) => [record.id, record.kind]));
const server = spawn(program, ["serve", "--listen", "127.0.0.1:0", "-a", archive], { stdio: ["ignore", "pipe", "inherit"] });
process.once("exit", () => server.kill("SIGKILL"));
const base = await new Promise((resolve) => server.stdout.on("data", (said) => resolve(/http:\/\/[^\s/]+/.exec(said)[0])));

const found = [];
const complain = (address, what) => found.push(`${address.replace(base, "")}: ${what}`);

/** What would be a program if it stood like this in a page: each of these is in what was planted. */
const ALIVE = /<script>planted|<kho-planted|<img src=x|\son[a-z]+="planted|=["']?javascript:/i;

/** Addresses that differ only in what is asked are one page, and of the pages of a record's desk one for each kind is enough. */
function sort(url) {
  const parts = url.pathname.split("/").map((part) => (url.pathname.startsWith("/desk/") && kinds.get(part)) || part);
  return `${parts.join("/")}?${[...new Set(url.searchParams.keys())].sort().join("&")}`;
}

const decoded = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** The addresses that an answer leads to. */
function linksOf(url, type, text) {
  if (type.startsWith("text/html")) {
    if (ALIVE.test(text)) complain(url.href, `unescaped: …${text.slice(Math.max(0, text.search(ALIVE) - 60), text.search(ALIVE) + 60)}…`);
    return [...text.matchAll(/\s(?:href|src|action|poster)="([^"]*)"/g)].map((match) => decoded(match[1])).filter((link) => !link.startsWith("#"));
  }
  if (type.includes("json")) {
    const links = [];
    JSON.parse(text, (_, value) => { if (typeof value === "string" && value.startsWith(`${base}/`)) links.push(value); return value; });
    return links;
  }
  if (type.includes("xml") || type.startsWith("text/")) {
    if (type.includes("xml") && ALIVE.test(text)) complain(url.href, "unescaped");
    return [...text.matchAll(/<loc>([^<]*)<\/loc>/g)].map((match) => decoded(match[1]));
  }
  return [];
}

/** Follows every link from some addresses; returns the pages. */
async function crawl(cookie, begin) {
  const waiting = begin.map((address) => new URL(address, base));
  const seen = new Set();
  const pages = [];
  while (waiting.length > 0) {
    const url = waiting.shift();
    url.hash = "";
    if (seen.has(sort(url)) || /\/(sign-out|sign-in)$/.test(url.pathname)) continue;
    seen.add(sort(url));
    const answer = await fetch(url, { headers: { cookie }, redirect: "manual" });
    const type = answer.headers.get("content-type") ?? "";
    const isRead = /html|json|xml|^text\//.test(type);
    const text = isRead ? await answer.text() : (await answer.body?.cancel(), "");
    if (answer.status >= 400) complain(url.href, `${answer.status}, linked from ${url.from ?? "the beginning"}`);
    const links = answer.headers.has("location") ? [answer.headers.get("location")] : linksOf(url, type, text);
    if (type.startsWith("text/html") && answer.status === 200 && !/^\/media\//.test(url.pathname)) pages.push(url.href);
    for (const link of links) {
      let next;
      try { next = new URL(link, url); } catch { complain(url.href, `no address: ${link}`); continue; }
      if (next.origin !== base) complain(url.href, `leads away: ${next.href.slice(0, 120)}`);
      // Languages and themes are the same everywhere; canvases and chapters have names that are no addresses (IIIF).
      else if (url.pathname !== "/" && (next.searchParams.has("lang") || next.searchParams.has("theme"))) continue;
      else if (/^\/iiif\/presentation\/3\/[^/]+\/(canvas|range)/.test(next.pathname)) continue;
      // What is only sent by forms is not asked for: these addresses lead nowhere when they are read.
      else if (!/\/desk\/(merge$|users\/|batch|undo|restore|import\/run|transcribe)|\/(finish|remove|discard)$/.test(next.pathname)) waiting.push(Object.assign(next, { from: url.pathname }));
    }
  }
  return { pages, seen };
}

const began = Date.now();
const machines = ["/sitemap.xml", "/robots.txt", "/api/openapi.json", "/iiif/presentation/3/collections", "/iiif/discovery/1/activities", "/api/search?q=planted", `/search?q=${encodeURIComponent(planted.plant)}`, "/search?q=planted", "/api/suggest?q=kho"];
// The kiosk is a viewer of its own, to which no page leads.
const kiosk = (await fetch(`${base}/kiosk`)).status === 200 ? ["/kiosk"] : [];
const open = await crawl("", ["/", "/?lang=en", ...kiosk, ...machines]);

const browser = await startChromium();
const context = await browser.newContext();
const foreign = [];
context.on("request", (request) => { if (!["data:", "blob:"].includes(new URL(request.url()).protocol) && new URL(request.url()).origin !== base) foreign.push(request.url()); });
await context.addInitScript(() => {
  globalThis.planted = () => { globalThis.ran = true; };
  // The policy would stop a script that got in: it is a flaw all the same.
  document.addEventListener("securitypolicyviolation", () => { globalThis.ran = true; });
});
const page = await context.newPage();
await page.goto(`${base}/desk/sign-in`);
await page.fill("input[name=name]", "lan");
await page.fill("input[name=password]", password);
await Promise.all([page.waitForURL(/\/desk(\?|$)/), page.press("input[name=password]", "Enter")]);
const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
const desk = await crawl(cookie, ["/", "/desk", ...records.flatMap((record) => [`/r/${record.id}`, `/desk/describe/${record.id}`, `/desk/history/${record.id}`])]);

// One page of each sort in Chromium, as the archivist, who sees everything.
const looked = new Map();
for (const address of [...desk.pages, ...open.pages]) {
  const url = new URL(address);
  const parts = url.pathname.split("/").map((part) => kinds.get(part) ?? (/^[0-9a-f]{12,}$/.test(part) ? "*" : part));
  const key = parts[1] === "iiif" ? "" : `${parts.slice(0, parts[3] === "steps" ? 4 : undefined).join("/")}?${[...url.searchParams.keys()].join("&")}`;
  if (key && !looked.has(key)) looked.set(key, address);
}
for (const [key, address] of looked) {
  await page.goto(address, { waitUntil: "load" });
  const told = await page.evaluate((plant) => {
    const alive = [...document.querySelectorAll("*")].filter((element) => element.localName === "kho-planted" || [...element.attributes].some((given) => given.name.startsWith("on") || /^\s*javascript:/i.test(given.value)));
    const linked = [...document.querySelectorAll("script[type='application/ld+json']")].map((script) => JSON.parse(script.textContent));
    return {
      ran: Boolean(globalThis.ran),
      alive: alive.map((element) => element.outerHTML.slice(0, 120)),
      heading: document.querySelector("h1")?.textContent ?? "",
      isLinked: linked.every((data) => JSON.stringify(data).includes(JSON.stringify(plant).slice(1, -1))),
      preview: document.querySelector("meta[property='og:title']")?.content,
      linked: linked.length,
    };
  }, planted.plant);
  if (told.ran) complain(address, "a planted program ran, or would have");
  if (told.alive.length > 0) complain(address, `alive: ${told.alive[0]}`);
  if (key.startsWith("/r/") && !key.includes("steps") && kinds.get(new URL(address).pathname.split("/")[2]) !== "accession") {
    const isOfFile = !told.heading.includes("kho-planted");
    if (!isOfFile && !told.heading.includes(planted.plant)) complain(address, `not as it was typed: ${told.heading.slice(0, 200)}`);
    if (!isOfFile && told.linked > 0 && !told.isLinked) complain(address, "the linked data does not say what was typed");
    if (told.preview !== undefined && !told.preview.includes("script>planted()")) complain(address, `the preview says ${told.preview}`);
  }
}

// What is offered while one types is made by script.
await page.goto(`${base}/search`);
await page.getByRole("combobox").pressSequentially("script planted", { delay: 20 });
await page.waitForTimeout(600);
const offered = await page.evaluate(() => ({ ran: Boolean(globalThis.ran), alive: document.querySelectorAll("kho-planted, [onclick], [onmouseover]").length }));
assert.deepEqual(offered, { ran: false, alive: 0 }, "an offer became a program");

await browser.close();
server.kill();
await rm(folder, { recursive: true, force: true });
for (const one of found) console.log(`FAIL  ${one}`);
for (const address of foreign) console.log(`FAIL  asked elsewhere: ${address}`);
if (process.env.KHO_CRAWL_LIST) console.log([...planted.refused, "--", ...open.seen, "--", ...desk.seen, "--", ...looked.keys()].join("\n"));
console.log(`${planted.fields} fields of ${planted.records} records were planted; ${open.seen.size} addresses as a stranger and ${desk.seen.size} as an archivist, ${looked.size} pages in Chromium, ${Date.now() - began} ms: ${found.length} flaws`);
// A crawl that was locked out, or that planted nothing, finds nothing wrong.
process.exit(found.length === 0 && foreign.length === 0 && planted.fields > 150 && open.seen.size > 100 && looked.size > 30 ? 0 : 1);
