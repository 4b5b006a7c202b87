// Ways in besides the search box, in headless Chromium: the map by keys and without scripts, nothing wider than a telephone,
// and a set that grows from page to page.
//     node tests/browser/ways.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { hitsOf, serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/ways.mjs PATH_TO_KHO");
  process.exit(2);
}
const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
const browser = await startChromium();
const complaints = [];

async function open(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("request", (request) => { if (!request.url().startsWith(viewer.base)) complaints.push(request.url()); });
  return page;
}

// Without scripts, on a telephone: every way in fits, and a place on the map is reached by keys.
const bare = await open({ javaScriptEnabled: false, viewport: { width: 320, height: 700 } });
for (const address of ["/", "/wall", "/places", "/time", "/browse/motif", "/browse/step", "/browse/craft", "/set"]) {
  await bare.goto(viewer.base + address);
  const wide = await bare.locator("main").evaluate((main) => Math.max(...[main, ...main.querySelectorAll("*:not(svg *)")].map((part) => part.getBoundingClientRect().right)));
  assert.ok(wide <= 320.5, `${address} is ${wide} wide`);
}
await bare.goto(`${viewer.base}/places`);
const village = bare.locator(".map a", { hasText: "Tân Hưng" });
const promised = Number(await village.locator(".inside").textContent());
await village.focus();
await Promise.all([bare.waitForURL(/\/search\?place=/), bare.keyboard.press("Enter")]);
assert.equal((await hitsOf(bare)).length, promised, "the map promised as many");
for (const list of ["#places-today", "#places-former"]) {
  await bare.goto(`${viewer.base}/places`);
  assert.ok(await bare.locator("section", { has: bare.locator(list) }).locator("a").count() > 5, list);
}

// With them, the browser remembers which set is being put together.
const page = await open({ viewport: { width: 1280, height: 900 } });
const ids = viewer.records().filter((record) => record.kind === "image").map((record) => record.id).slice(0, 3);
for (const [place, id] of ids.entries()) {
  await page.goto(`${viewer.base}/r/${id}`);
  await Promise.all([page.waitForURL(/\/set\?/), page.click("[data-set-add]")]);
  assert.deepEqual(new URL(page.url()).searchParams.getAll("r"), ids.slice(0, place + 1), "one more");
}
await page.fill("#title", "Đó và lờ");
await Promise.all([page.waitForURL(/title=/), page.click(".set-tools button")]);
assert.equal(await page.locator("h1").textContent(), "Đó và lờ");
await Promise.all([page.waitForURL((url) => url.searchParams.getAll("r")[0] === ids[1]), page.locator(".set > li").nth(1).locator(".set-moves a").first().click()]);
await Promise.all([page.waitForURL((url) => url.searchParams.getAll("r").length === 2), page.locator(".set > li").first().locator(".set-moves a").last().click()]);
const printed = await page.request.get(new URL(await page.locator(".set-forms a").first().getAttribute("href"), viewer.base).href);
assert.equal(printed.headers()["content-type"], "application/pdf");
assert.equal((await printed.body()).subarray(0, 5).toString(), "%PDF-");
// Whoever gets the address sees the same set, without an account and without scripts.
const other = await open({ javaScriptEnabled: false });
await other.goto(page.url());
assert.equal(await other.locator(".set > li").count(), 2);

await browser.close();
await viewer.close();
assert.deepEqual(complaints, []);
console.log("ways in: the wall, the map, time, words and sets hold what they promise");
