// The screen in the village house in headless Chromium: sizes, rest, keyboard, looking closely, and two thousand touches of nobody
// in particular.
//     node tests/browser/kiosk.mjs PATH_TO_KHO
//
// Screens stand upright (1080 × 1920) or lie (1920 × 1080); both are measured on every page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Steps, serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/kiosk.mjs PATH_TO_KHO");
  process.exit(2);
}

const SCREENS = [{ width: 1080, height: 1920 }, { width: 1920, height: 1080 }];
const SMALLEST_TARGET = 48;
const SMALLEST_TEXT = 24;
const TOUCHES = 2000;
/** A child hammers on the glass: so many touches come before a page is exchanged. Half of them are anywhere, half of them at something
 *  that can be touched, or they would seldom find the way out of a picture that fills the screen. */
const AT_ONCE = 10;
/** After the first third everything that is kept on purpose is there: the index is open, pictures are cut, pages of SQLite are in memory. What
 *  a server lost with each touch would go on growing; what the allocator keeps in reserve is a few pages of 64 KB for each thread. */
const MOST_GROWTH_KB = 16 * 1024;

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
const browser = await startChromium();
const { base } = viewer;
const complaints = [];

const steps = new Steps(complaints);
const step = (name, work) => steps.run(name, work);

/** A window onto the kiosk whose errors and requests are watched. */
async function screen(options = {}) {
  const context = await browser.newContext({ viewport: SCREENS[0], hasTouch: true, ...options });
  context.setDefaultTimeout(20_000);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== base) complaints.push(`asked elsewhere: ${url}`);
  });
  context.on("response", (response) => { if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`); });
  context.on("console", (message) => { if (message.type() === "error") complaints.push(`console: ${message.text()}`); });
  context.on("weberror", (error) => complaints.push(`script: ${error.error().message}`));
  return { context, page: await context.newPage() };
}

const pathOf = (page) => new URL(page.url()).pathname;
const open = (page, address) => page.goto(base + address, { waitUntil: "load" });

/** What is too small to be touched or read, what leads out, and what lies beside the screen. */
const measure = (page) => page.evaluate(([target, text]) => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert], .unseen");
  const within = document.querySelector("dialog[open], [data-attract]:not([hidden])") ?? document.body;
  const all = (selector) => [...(within.matches(selector) ? [within] : []), ...within.querySelectorAll(selector)].filter(isSeen);
  const name = (element) => `<${element.localName} class="${element.className}"> ${element.textContent.trim().slice(0, 40)}`;
  const wrong = [];
  for (const element of all("a[href], button, input:not([type=hidden]), summary")) {
    const { width, height } = element.getBoundingClientRect();
    if (width < target - 0.5 || height < target - 0.5) wrong.push(`${name(element)} is ${width.toFixed(0)} × ${height.toFixed(0)}`);
  }
  for (const element of all("*")) {
    const hasWords = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (hasWords && size < text) wrong.push(`${name(element)} is written in ${size} px`);
  }
  for (const element of document.querySelectorAll("[href], [action], [target]")) {
    const address = element.getAttribute("href") ?? element.getAttribute("action") ?? "";
    const isResource = ["link", "use"].includes(element.localName);
    if (!isResource && !/^(\/kiosk([/?#]|$)|#)/.test(address)) wrong.push(`${name(element)} leads to ${address}`);
    if (element.hasAttribute("target")) wrong.push(`${name(element)} opens a window`);
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  return wrong;
}, [SMALLEST_TARGET, SMALLEST_TEXT]);

async function look(page, name) {
  const found = [];
  for (const viewport of SCREENS) {
    await page.setViewportSize(viewport);
    for (const wrong of await measure(page)) found.push(`${name}, ${viewport.width} × ${viewport.height}: ${wrong}`);
  }
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), TAGS);
  for (const { id, help, nodes } of violations) found.push(`${name}: ${id} (${help}): ${nodes[0].html.slice(0, 200)}`);
  await page.setViewportSize(SCREENS[0]);
  return found;
}

const records = viewer.records();
const { context, page } = await screen();

/** A record of a kind that visitors are shown, and that `wanted` accepts; as the kiosk addresses it. */
async function find(kind, wanted = async () => true) {
  for (const record of records.filter((record) => record.kind === kind)) {
    await open(page, `/kiosk/r/${record.id}`);
    if (pathOf(page) !== "/kiosk" && await wanted()) return `/kiosk/r/${record.id}`;
  }
  throw new Error(`no ${kind} to show`);
}
const has = (selector) => async () => await page.locator(selector).count() > 0;

const pages = {
  home: "/kiosk#home",
  "home in English": "/kiosk?lang=en#home",
  crafts: "/kiosk/browse/craft",
  places: "/kiosk/browse/place",
  kinds: "/kiosk/browse/kind?lang=en",
  pictures: "/kiosk/list?kind=image",
  hits: `/kiosk/list?q=${encodeURIComponent("đúc đồng")}`,
  "no hits": "/kiosk/list?q=khongcogi",
  keyboard: "/kiosk/search",
};

await step("every screen: targets of 48 px, words of 24 px, no way out, nothing that axe finds", async () => {
  for (const kind of ["image", "film", "sound", "document", "technique", "practice", "person", "place", "motif", "material", "tool", "product", "group", "event"]) {
    const wanted = { image: has("[data-millimetre]"), technique: has(".step-tile img"), sound: has("[data-player] track") }[kind];
    if (records.some((record) => record.kind === kind)) pages[kind] = await find(kind, wanted);
  }
  await open(page, pages.technique);
  pages.step = await page.locator(".step-tile").first().getAttribute("href");
  const found = [];
  for (const [name, address] of Object.entries(pages)) {
    await open(page, address);
    found.push(...await look(page, name));
  }
  assert.deepEqual(found, []);
});

await step("KV-01: pictures pass by until the first touch, and that touch does nothing else", async () => {
  await open(page, "/kiosk#home");
  const box = await page.locator(".gate").nth(1).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await open(page, "/kiosk?lang=vi");
  await page.locator("[data-attract]").waitFor();
  assert.deepEqual(await look(page, "the pictures that pass by"), []);
  await page.touchscreen.tap(x, y);
  await page.locator("[data-attract]").waitFor({ state: "hidden" });
  await page.waitForTimeout(700);
  assert.equal(pathOf(page), "/kiosk", "the touch fell through");
  await page.touchscreen.tap(x, y);
  await page.waitForURL("**/kiosk/browse/place**");
});

await step("“đúc đồng” on the keys finds what is cast in bronze", async () => {
  await open(page, "/kiosk/search");
  const press = (key) => page.locator(`[data-letter="${key}"]`).first().tap();
  const tone = (mark) => page.locator(`[data-tone="${mark}"]`).tap();
  for (const letter of ["đ", "u", "c"]) await press(letter);
  await tone("\u0301");
  for (const letter of [" ", "đ", "ô", "n", "g", "x"]) await press(letter);
  await page.locator("[data-rub]").tap();
  await tone("\u0300");
  assert.equal(await page.inputValue("[name=q]"), "đúc đồng");
  await page.locator("[data-offers] button").first().waitFor();
  assert.deepEqual(await look(page, "suggestions"), []);
  await page.locator(".typed [type=submit]").tap();
  await page.waitForURL("**/kiosk/list?**");
  assert.match(await page.locator(".tiles").first().innerText(), /đúc đồng/i);
  // Where a tone stands in a syllable is known.
  await open(page, "/kiosk/search");
  const typed = async (letters, mark) => {
    await page.locator("[data-empty]").tap();
    for (const letter of letters) await press(letter);
    await tone(mark);
    return page.inputValue("[name=q]");
  };
  const tones = [["quyên", "\u0309", "quyển"], ["gia", "\u0300", "già"], ["hoa", "\u0300", "hoà"], ["mua", "\u0300", "mùa"], ["ươp", "\u0301", "ướp"], ["ngoai", "\u0300", "ngoài"], ["toan", "\u0301", "toán"]];
  for (const [letters, mark, syllable] of tones) assert.equal(await typed(letters, mark), syllable);
  assert.equal(await typed("", "\u0301"), "", "a tone without a vowel is nothing");
});

await step("KV-03: a picture is looked at closely with keys and with two fingers", async () => {
  await open(page, pages.image);
  const key = page.locator("[data-closer]").first();
  await key.tap();
  await page.locator("[data-zoom-screen] canvas").first().waitFor();
  assert.deepEqual(await look(page, "looking closely"), []);
  // A scan that tells its resolution has a scale.
  await page.locator("[data-scale]").filter({ hasText: "cm" }).waitFor();
  await page.locator("[data-zoom-in]").tap();
  await page.locator("[data-zoom-whole]").tap();
  await page.locator("[data-zoom-close]").tap();
  assert.ok(await key.evaluate((element) => element === document.activeElement), "the focus comes back");
  const box = await page.locator("[data-zoom] img").first().boundingBox();
  const fingers = await context.newCDPSession(page);
  const touch = (type, ...points) => fingers.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height, 600) / 2];
  await touch("touchStart", [x - 20, y], [x + 20, y]);
  await page.locator("[data-zoom-screen] canvas").first().waitFor();
  await touch("touchEnd");
  await page.keyboard.press("Escape");
  await page.locator("[data-zoom-screen]").waitFor({ state: "hidden" });
});

await step("KV-06: whoever is gone is asked, and then the screen is as it was; a touch says that somebody is there", async () => {
  await open(page, "/kiosk/search?q=tre&idle=3&lang=en");
  const asking = page.locator("[data-still]");
  await asking.waitFor();
  assert.deepEqual(await look(page, "the question"), []);
  await page.touchscreen.tap(20, 1000);
  await asking.waitFor({ state: "hidden" });
  assert.equal(pathOf(page), "/kiosk/search", "the touch says no more than that");
  await page.waitForURL("**/kiosk?idle=3", { timeout: 15_000 });
  await page.locator("[data-attract]").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "vi", "the next visit begins in Vietnamese");
  const kept = await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie, history.length]);
  assert.deepEqual(kept.slice(0, 3), [0, 0, ""], "nothing is kept of a visit");
  assert.deepEqual(await context.cookies(), []);
});

await step("KV-04: a maker is heard, and what she says is read large, in the chosen language", async () => {
  await open(page, pages.sound);
  await page.locator("[data-play]").tap();
  const line = page.locator("[data-subtitle]");
  const says = (language) => page.waitForFunction((lang) => {
    const line = document.querySelector("[data-subtitle]");
    return line.lang === lang && line.textContent.trim();
  }, language);
  await says("vi");
  assert.ok(await line.evaluate((element) => parseFloat(getComputedStyle(element).fontSize)) >= 32);
  await page.locator("[data-track='none']").tap();
  assert.equal((await line.innerText()).trim(), "");
  await page.locator("[data-play]").tap();
  assert.ok(await page.locator("audio").evaluate((voice) => voice.paused));
});

await step("KV-02: a step is touched, and it is seen done, with tool and material", async () => {
  await open(page, pages.technique);
  await page.locator(".step-tile:has(img)").first().tap();
  await page.waitForURL("**/steps/**");
  assert.ok(await page.locator(".told dt").count() > 1, "what it is done with");
  assert.ok(await page.locator(".clip-large").count() > 0);
});

await step("KV-05: “thu si” on the keys comes to Thủ Sỹ", async () => {
  await open(page, "/kiosk/search");
  for (const letter of "thu si") await page.locator(`[data-letter="${letter}"]`).first().tap();
  await page.locator(".typed [type=submit]").tap();
  await page.waitForURL("**/kiosk/list?**");
  assert.match(await page.locator(".tiles").first().innerText(), /Thủ Sỹ/);
});

await step("while the server is away the screen waits, and goes on when it is back", async () => {
  await open(page, "/kiosk#home");
  await page.route("**/healthz", (route) => route.abort());
  await page.locator(".gate").first().tap();
  await page.locator("[data-wait]").waitFor();
  assert.deepEqual(await look(page, "waiting for the server"), []);
  await page.unroute("**/healthz");
  await page.waitForURL("**/kiosk/browse/craft**");
  // Of a request that failed the browser says so itself.
  complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !complaint.includes("ERR_FAILED")));
});

await step("while a film plays nobody is asked, and afterwards they are", async () => {
  await open(page, `${pages.film}?idle=3`);
  await page.locator("video").evaluate((film) => { film.loop = true; film.muted = true; });
  await page.locator("[data-play]").tap();
  await page.waitForFunction(() => document.querySelector("[data-subtitle]").textContent.trim() || document.querySelector("video").currentTime > 6);
  await page.waitForTimeout(5_000);
  assert.ok(!await page.locator("[data-still]").isVisible(), "the film was interrupted");
  const words = await page.locator("[data-subtitle]").evaluate((line) => parseFloat(getComputedStyle(line).fontSize));
  assert.ok(words >= 32, `subtitles of ${words} px`);
  await page.locator("video").evaluate((film) => film.pause());
  await page.locator("[data-still]").waitFor({ timeout: 8_000 });
});

await step("the way back is that of this visit, and addresses that are none lead home", async () => {
  await open(page, "/kiosk#home");
  await page.locator(".gate").first().tap();
  await page.waitForURL("**/kiosk/browse/craft**");
  await page.locator(".tile").first().tap();
  await page.waitForURL("**/kiosk/list?**");
  await page.locator("[data-back]").tap();
  await page.waitForURL("**/kiosk/browse/craft**");
  for (const nowhere of ["/kiosk/r/k7f39m2qx4tc", "/kiosk/khong/co", "/kiosk/"]) {
    await open(page, nowhere);
    assert.equal(pathOf(page), "/kiosk", nowhere);
  }
  assert.equal(await page.evaluate(() => {
    const event = new MouseEvent("contextmenu", { bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    return event.defaultPrevented && getComputedStyle(document.body).userSelect === "none";
  }), true);
});

await step("without JavaScript they are plain pages", async () => {
  const plain = await screen({ javaScriptEnabled: false });
  await open(plain.page, "/kiosk");
  await plain.page.locator(".gate").first().click();
  await plain.page.locator(".tile").first().click();
  await open(plain.page, pages.technique);
  await plain.page.locator(".step-tile").first().click();
  await open(plain.page, "/kiosk/search");
  await plain.page.fill("[name=q]", "đúc đồng");
  await plain.page.click(".typed [type=submit]");
  assert.ok(await plain.page.locator(".tile").count() > 0);
  await plain.context.close();
});
await context.close();

await step(`${TOUCHES} touches anywhere end at home, without an error and without growth`, async () => {
  // The same touches at each run.
  let seed = 20_251_126;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${viewer.pid}/status`, "utf8"))[1]);
  const walk = await screen({ reducedMotion: "reduce" });
  await open(walk.page, "/kiosk?idle=5");
  const seen = new Set();
  let before = 0;
  for (let touched = 0; touched < TOUCHES; touched += AT_ONCE) {
    if (before === 0 && touched >= TOUCHES / 3) before = memory();
    const points = Array.from({ length: AT_ONCE }, () => [random() * SCREENS[0].width, random() * SCREENS[0].height, random()]);
    const touch = (all) => {
      for (const [x, y, down] of all) {
        const within = document.querySelector("dialog[open]") ?? document.body;
        const keys = [...within.querySelectorAll("a[href], button, summary, input:not([type=hidden])")].filter((key) => key.checkVisibility());
        const element = down < 0.5 ? document.elementFromPoint(x, y) : keys[Math.floor(down * 997) % keys.length];
        if (!element) continue;
        const told = { bubbles: true, cancelable: true, composed: true, clientX: x, clientY: y, pointerType: "touch", isPrimary: true };
        element.dispatchEvent(new PointerEvent("pointerdown", told));
        element.dispatchEvent(new PointerEvent("pointerup", told));
        element.dispatchEvent(new MouseEvent("click", told));
        if (down > 0.8) scrollBy(0, (down - 0.9) * 8000);
      }
      return { isLeaving: document.documentElement.classList.contains("is-leaving"), address: location.pathname + location.search };
    };
    const exchanged = walk.page.waitForEvent("domcontentloaded", { timeout: 5_000 }).catch(() => {});
    // A page may be exchanged under the hand.
    const { isLeaving, address } = await walk.page.evaluate(touch, points).catch(() => ({ isLeaving: true, address: walk.page.url() }));
    seen.add(address);
    if (isLeaving) await exchanged;
  }
  const after = memory();
  console.log(`      ${seen.size} different pages; the server took ${(before / 1024).toFixed(1)} MB after a third of the touches and ${(after / 1024).toFixed(1)} MB after all of them`);
  assert.ok(seen.size > 20, `only ${seen.size} pages were seen`);
  assert.ok(after - before < MOST_GROWTH_KB, `the server grew by ${after - before} KB`);
  await walk.page.waitForURL("**/kiosk?idle=5", { timeout: 60_000 });
  await walk.page.locator("[data-attract]").waitFor({ timeout: 60_000 });
  await walk.context.close();
});

await browser.close();
await viewer.close();
process.exit(steps.failed === 0 ? 0 : 1);
