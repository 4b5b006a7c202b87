// Films and interviews in headless Chromium: the bar with frames, the wave, two languages beside each other, and words to search.
//     node tests/browser/films.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { hitsOf, serveSamples, startChromium } from "./viewer.mjs";

const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
const browser = await startChromium();
const { base } = viewer;
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
context.setDefaultTimeout(20_000);
const page = await context.newPage();
const complaints = [];
page.on("pageerror", (error) => complaints.push(error.message));
page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });

const until = (check, argument) => page.waitForFunction(check, argument, { polling: 50 });
const first = async (kind) => { await page.goto(`${base}/browse/${kind}`); return (await hitsOf(page))[0]; };

// A film: the storyboard becomes a bar, moved by keys; the frame of the moment is shown above it.
const film = await first("film");
await page.goto(`${base}${film}`);
const bar = page.locator(".seek-range");
await bar.waitFor();
assert.equal(await page.locator(".storyboard").count(), 0);
assert.ok((await bar.getAttribute("aria-label")).length > 3);
assert.ok(await page.locator(".seek-preview").isHidden());
await page.locator("video").focus();
await bar.focus();
await page.keyboard.press("ArrowRight");
await page.keyboard.press("ArrowRight");
assert.ok(await page.locator(".seek-preview").isVisible(), "the keys show where they lead");
const length = await page.evaluate(() => document.querySelector("video").duration);
await page.keyboard.press("End");
await until((length) => document.querySelector("video").currentTime > length - 0.5, length);
const [last, text] = [await page.locator(".seek-frame").evaluate((frame) => frame.style.backgroundPosition), await bar.getAttribute("aria-valuetext")];
assert.match(last, / 100%$/, "a frame of the last row");
assert.match(text, /^\d+:\d\d \/ \d+:\d\d$/);
await page.keyboard.press("Home");
await until(() => document.querySelector("video").currentTime === 0);
assert.equal(await page.locator(".seek-frame").evaluate((frame) => frame.style.backgroundPosition), "0% 0%");
const box = await bar.boundingBox();
await page.mouse.move(box.x + box.width * 0.98, box.y + box.height / 2);
const shown = await page.locator(".seek-preview").boundingBox();
assert.ok(shown.x + shown.width <= box.x + box.width + 1, "the frame stays above its bar");
await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
await until((length) => Math.abs(document.querySelector("video").currentTime - length / 2) < length * 0.06, length);
console.log("ok    a film is sought by keys and by pointer, with the frame above");

// An interview: two languages in one row for one moment.
let interview;
await page.goto(`${base}/browse/sound`);
for (const sound of await hitsOf(page)) {
  await page.goto(`${base}${sound}`);
  if (await page.locator(".cues-pair").count()) interview = sound;
}
assert.ok(interview, "no interview has words in two languages");
await page.goto(`${base}${interview}`);
const rows = page.locator(".cues-pair .cue");
const beside = async () => rows.first().locator(".cue-said").evaluateAll((said) => said.map((one) => {
  const { left, top } = one.getBoundingClientRect();
  return { lang: one.lang, left: Math.round(left), top: Math.round(top) };
}));
let [vi, en] = await beside();
assert.deepEqual([vi.lang, en.lang], ["vi", "en"]);
assert.ok(vi.top === en.top && en.left > vi.left + 100, "side by side");
await page.setViewportSize({ width: 390, height: 844 });
[vi, en] = await beside();
assert.ok(vi.left === en.left && en.top > vi.top, "one under the other");
assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
await page.setViewportSize({ width: 1280, height: 900 });
console.log("ok    two languages stand side by side, and one under the other where it is narrow");

// The wave is a slider.
const wave = page.locator(".wave-range");
await wave.waitFor();
const area = await wave.boundingBox();
const sound = await page.evaluate(() => document.querySelector("audio").duration);
await page.mouse.click(area.x + area.width * 0.75, area.y + area.height / 2);
await until((length) => Math.abs(document.querySelector("audio").currentTime - length * 0.75) < length * 0.03, sound);
await page.keyboard.press("Home");
await until(() => document.querySelector("audio").currentTime === 0);
console.log("ok    the wave is clicked into, and moved by keys");

// The spoken line is lit, in both languages; a line is a way into the sound.
await rows.nth(2).locator("a").click();
await until(() => document.querySelectorAll(".cue.spoken").length === 1);
assert.equal(await page.locator(".cue.spoken .cue-said").count(), 2);
await page.evaluate(() => document.querySelector("[data-player]").pause());
console.log("ok    the spoken line is lit");

// Words are found without their marks, and with the keys one goes from one to the next.
const field = page.locator("[data-find] input[name=find]");
const count = async () => (await page.locator(".words-found").innerText()).trim();
await field.fill("do");
const unmarked = Number((await count()).split("/")[1]);
assert.match(await count(), /^1 \/ \d+$/);
const marked = await page.locator(".cues mark").allInnerTexts();
assert.ok(marked.some((text) => text.toLowerCase().includes("đó")), marked.join());
await field.press("Enter");
assert.match(await count(), /^2 \//);
await field.press("Shift+Enter");
assert.match(await count(), /^1 \//);
await page.locator("[data-before]").click();
assert.match(await count(), new RegExp(`^${unmarked} /`), "round and round");
await until(() => {
  const [row, box] = [document.querySelector(".found-here"), document.querySelector("[data-cues]")].map((one) => one.getBoundingClientRect());
  return row.bottom > box.top && row.top < box.bottom;
});
assert.equal(new URL(page.url()).searchParams.get("find"), "do");
await field.fill("đó");
assert.ok(Number((await count()).split("/")[1]) <= unmarked);
assert.ok((await page.locator(".cues mark").allInnerTexts()).every((text) => /đó/iu.test(text)));
await field.fill("qxzjw");
assert.equal(await page.locator(".cues mark").count(), 0);
assert.equal(await count(), "Không thấy");
await field.fill("");
assert.equal(await count(), "");
console.log("ok    words are found in what is said");

// The same without a script: the server marks.
const plain = await browser.newContext({ javaScriptEnabled: false });
const quiet = await plain.newPage();
await quiet.goto(`${base}${interview}`);
await quiet.locator("input[name=find]").fill("do");
await quiet.locator("[data-find] button[type=submit]").click();
await quiet.waitForURL(/find=do/);
assert.ok(await quiet.locator(".cues mark").count() > 0);
assert.match(await quiet.locator(".words-found").innerText(), /\d+ dòng/);
await quiet.locator(".words-choice a").nth(2).click();
assert.equal(await quiet.locator(".cues-pair").count(), 0);
assert.equal(await quiet.locator("[data-cues]").getAttribute("lang"), "en");
await quiet.goto(`${base}${film}`);
assert.ok(await quiet.locator(".storyboard").isVisible(), "the storyboard is there without a script");
await plain.close();
console.log("ok    without JavaScript the server searches, and the storyboard stands under the film");

assert.deepEqual(complaints, []);
await browser.close();
await viewer.close();
