// Pictures looked at closely in headless Chromium: by keys and by buttons, cut out, side by side; moments of a film.
//     node tests/browser/zoom.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/zoom.mjs PATH_TO_KHO");
  process.exit(2);
}
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
const records = viewer.records();
const id = (name) => records.find((record) => record.files?.[0]?.paths?.[0]?.name.endsWith(name)).id;
const [twill, cane, film] = [id("hoa văn nan tre lóng đôi.tif"), id("hoa văn mắt cáo.png"), id("chẻ nan và đan đó.mp4")];

const browser = await startChromium();
const complaints = [];
async function open(options) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(error.message));
  return page;
}
async function assertClean(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), TAGS);
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`), [], what);
}
/** The region of which the viewer makes an address, once it holds still. */
async function region(page, place = 0) {
  const read = () => page.locator("[data-do=cut]").nth(place).evaluate((link) => new URL(link.href).searchParams.get("xywh")?.split(",").map(Number) ?? []);
  let [before, now] = [[], await read()];
  while (now.length !== 4 || now.join() !== before.join()) {
    await page.waitForTimeout(600);
    [before, now] = [now, await read()];
  }
  return now;
}

/** Keys held as long as fingers hold them: the viewer moves for so long. */
async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key, { delay: 150 });
}

/** Presses a key until what is read fits: how far the viewer moves in that time depends on the machine. */
async function pressUntil(page, key, read, fits) {
  for (let presses = 0; presses < 25; presses += 1) {
    await press(page, key);
    const now = await read();
    if (fits(now)) return now;
  }
  assert.fail(`${key} was pressed 25 times: ${await read()}`);
}

// Closed until somebody wants it: the library comes with the press of the button.
const page = await open();
const fetched = [];
page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
await page.goto(`${viewer.base}/r/${twill}`);
const button = page.locator("button[data-zoom]");
assert.ok(await button.isVisible());
assert.ok(!fetched.some((path) => path.includes("openseadragon")), "nothing is fetched ahead");
await button.focus();
await page.keyboard.press("Enter");
await page.waitForSelector(".openseadragon-canvas");
assert.equal(await button.getAttribute("aria-expanded"), "true");
const canvas = page.locator(".openseadragon-canvas");
assert.ok(await canvas.evaluate((canvas) => canvas === document.activeElement), "the picture has the focus");
assert.ok((await page.textContent(".zoom [role=status]")).length > 10, "it is said that it is open");
const all = await region(page);
assert.deepEqual(all, [0, 0, 1500, 1160]);

// By keys.
const closer = await pressUntil(page, "+", () => region(page), ([, , width]) => width < all[2] * 0.8);
assert.ok(closer[3] < all[3], `${closer}`);
await press(page, "ArrowRight");
const right = await region(page);
assert.ok(right[0] > closer[0], `${right}`);
assert.ok(/\d%/.test(await page.textContent(".zoom [role=status]")), "the level is said");

// By buttons, each large enough; all of it by the tab key.
for (const box of await page.locator(".zoom-bar button, .zoom-bar a").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height]))) {
  assert.ok(box[0] >= 24 && box[1] >= 24, `${box}`);
}
await page.keyboard.press("Tab");
assert.equal(await page.evaluate(() => document.activeElement.dataset.do), "in");
await page.keyboard.press("Enter");
const closest = await region(page);
assert.ok(closest[2] < right[2]);
await page.click("[data-do=out]");
assert.ok((await region(page))[2] > closest[2]);
await page.click("[data-do=turn]");
assert.ok((await page.textContent(".zoom [role=status]")).includes("90"));
await page.click("[data-do=home]");
assert.deepEqual(await region(page), all, "all of it again, upright");
// The scan tells its resolution: the bar is as long as it says.
const bar = await page.evaluate(() => {
  const [number, unit] = document.querySelector(".zoom-scale span").textContent.split(" ");
  const millimetres = Number(number.replace(",", ".")) * { mm: 1, cm: 10 }[unit];
  return { pixels: document.querySelector(".zoom-scale svg").clientWidth - 2, millimetres, inMillimetre: Number(document.querySelector("[data-scale]").dataset.scale) };
});
const shown = await canvas.evaluate((canvas) => canvas.clientHeight) / 1160;
assert.ok(Math.abs(bar.pixels - bar.millimetres * bar.inMillimetre * shown) < 3, JSON.stringify({ bar, shown }));
await assertClean(page, "a record with an open viewer");
await page.click("[data-do=whole]");
await page.waitForFunction(() => document.fullscreenElement?.matches(".zoom") || document.querySelector(".zoom-filled"));
// The browser tells the page a moment after it has made it large.
await page.waitForSelector("[data-do=whole][aria-pressed=true]");
await page.click("[data-do=whole]");
await page.waitForFunction(() => !document.fullscreenElement && !document.querySelector(".zoom-filled"));

// What is in sight has an address, and is what its page shows.
await canvas.focus();
await press(page, "+", "+", "+", "+");
const cut = await region(page);
const href = await page.getAttribute("[data-do=cut]", "href");
await page.keyboard.press("Escape");
assert.equal(await page.locator(".zoom").count(), 0);
assert.ok(await button.evaluate((button) => button === document.activeElement), "the focus is back at the button");
await page.goto(new URL(href, viewer.base).href);
const picture = page.locator(".cut .photograph img");
assert.deepEqual(await picture.evaluate((image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])), cut.slice(2));
await page.click("button[data-zoom]");
const again = await region(page);
assert.ok(again.every((number, place) => place > 1 || number <= cut[place]) && again[0] + again[2] >= cut[0] + cut[2], `${again} holds ${cut}`);
await assertClean(page, "a cut-out with an open viewer");

// Who does not want motion sees none.
const still = await open({ reducedMotion: "reduce" });
await still.goto(`${viewer.base}/r/${twill}`);
await still.click("button[data-zoom]");
await region(still);
const jump = await still.evaluate(() => new Promise((resolve) => {
  document.querySelector("[data-do=in]").click();
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.querySelector("[data-do=cut]").href))));
}));
await still.waitForTimeout(600);
assert.equal(await still.locator("[data-do=cut]").evaluate((link) => link.href), jump, "it is there at once");
await still.context().close();

// Side by side: one moves, the other follows, until they are let go.
await page.goto(`${viewer.base}/compare?r=${twill}&r=${cane}`);
await page.click("[data-open-all]");
await page.waitForFunction(() => document.querySelectorAll(".openseadragon-canvas").length === 2);
const share = async (place) => {
  const whole = await page.locator("button[data-zoom]").nth(place).evaluate((button) => fetch(button.dataset.zoom).then((answer) => answer.json()));
  const [x, y, width, height] = await region(page, place);
  return [(x + width / 2) / whole.width, (y + height / 2) / whole.height];
};
const near = (one, other) => one.every((number, place) => Math.abs(number - other[place]) < 0.02);
await region(page, 1);
await page.locator(".openseadragon-canvas").first().focus();
await pressUntil(page, "+", () => region(page), ([, , width]) => width < 1000);
const left = await pressUntil(page, "ArrowRight", () => share(0), ([x]) => x > 0.53);
const led = await share(1);
assert.ok(near(left, led), `${left} and ${led}`);
await assertClean(page, "pictures side by side, open");
await page.click("[data-together]");
await page.locator(".openseadragon-canvas").first().focus();
const apart = await pressUntil(page, "ArrowLeft", () => share(0), (now) => !near(now, left));
assert.ok(!near(apart, await share(1)), "each by itself");

// Some moments of a film: taken from the player, played from their beginning, stopped at their end.
await page.goto(`${viewer.base}/r/${film}`);
await page.click(".cut-form summary");
await page.evaluate(() => { document.querySelector("video").currentTime = 2; });
await page.waitForFunction(() => document.querySelector("video").currentTime === 2 && !document.querySelector("video").seeking);
await page.locator("[data-take]").first().click();
assert.equal(await page.inputValue("input[name=from]"), "0:02");
await page.fill("input[name=to]", "0:03");
await Promise.all([page.waitForURL(/t=0:02,0:03$/), page.click(".cut-form button[type=submit]")]);
const player = page.locator("[data-span]");
await player.evaluate((player) => player.readyState > 0 || new Promise((resolve) => player.addEventListener("loadedmetadata", resolve)));
await page.waitForFunction(() => Math.abs(document.querySelector("[data-span]").currentTime - 2) < 0.2);
const played = await player.evaluate(async (player) => {
  player.muted = true;
  const over = new Promise((resolve) => player.addEventListener("pause", resolve));
  await player.play();
  await over;
  const end = player.currentTime;
  await player.play();
  const begin = player.currentTime;
  player.pause();
  return [end, begin];
});
assert.ok(Math.abs(played[0] - 3) < 0.5 && Math.abs(played[1] - 2) < 0.5, `${played}`);
await assertClean(page, "some moments of a film");

// Without a script all of it is there, but for looking closely.
const plain = await open({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
await plain.goto(`${viewer.base}/compare?r=${twill}&r=${cane}`);
assert.equal(await plain.locator(".side-by-side img").count(), 2);
assert.ok(!(await plain.locator("button[data-zoom]").first().isVisible()));
assert.ok(await plain.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");

assert.deepEqual(complaints, [], "the browser complained");
await browser.close();
await viewer.close();
console.log("ok    pictures looked at closely, cut out, and side by side; moments of a film");
