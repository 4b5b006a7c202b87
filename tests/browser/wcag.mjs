// The points of WCAG 2.2 AA that axe-core does not see, on home, search, every kind of record and the desk: focus that is not
// covered, targets large enough, ways without dragging, reflow at 320 px, spaced text, reduced motion, signing in without a
// puzzle, a whole journey by keyboard; and what a record page costs to load.
//     node tests/browser/wcag.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Steps, serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/wcag.mjs PATH_TO_KHO");
  process.exit(2);
}

const password = "hun khói gác bếp";
const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
viewer.addArchivist("lan", password);
const { base } = viewer;
const records = viewer.records();
const browser = await startChromium();

const steps = new Steps();
const step = (name, work) => steps.run(name, work);

/** One record of each kind that is shown, the richest of it. */
const richest = new Map();
for (const record of records) {
  const known = richest.get(record.kind);
  if (!known || JSON.stringify(record).length > JSON.stringify(known).length) richest.set(record.kind, record);
}
const ofKind = (kind) => `/r/${richest.get(kind).id}`;
const spoken = (record) => record.kind === "sound" && records.some((other) => other.kind === "transcript" && JSON.stringify(other).includes(record.id));
const interview = `/r/${(records.find(spoken) ?? richest.get("sound")).id}`;
const open = ["/", `/search?q=${encodeURIComponent("đan đó")}`, "/search", interview, ...[...richest.keys()].map(ofKind)];
const desk = ["/desk", "/desk/inbox", "/desk/import", "/desk/upload", "/desk/users", `/desk/describe/${richest.get("technique").id}`, `/desk/history/${richest.get("technique").id}`];

const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
context.setDefaultTimeout(20_000);
const page = await context.newPage();

await step("signing in: names of the fields for password managers, pasting, no puzzle (3.3.8)", async () => {
  await page.goto(`${base}/desk/sign-in`);
  assert.equal(await page.getAttribute("input[name=name]", "autocomplete"), "username");
  assert.equal(await page.getAttribute("input[name=password]", "autocomplete"), "current-password");
  const asked = await page.locator("main input:not([type=hidden])").count();
  assert.equal(asked, 2, "nothing is asked but a name and a password");
  // What a password manager does: it pastes.
  for (const [field, words] of [["name", "lan"], ["password", password]]) {
    await page.focus(`input[name=${field}]`);
    await page.keyboard.insertText(words);
  }
  await Promise.all([page.waitForURL(/\/desk(\?|$)/), page.keyboard.press("Enter")]);
});

const pages = [...open, ...desk];

const SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }";

/** What is pushed out of the page, and what its own box cuts off, other than lines that are shortened on purpose. */
const lost = () => page.evaluate(() => {
  const name = (element) => `<${element.localName} class="${element.getAttribute("class") ?? ""}"> ${element.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}`;
  const room = document.documentElement.clientWidth;
  const inScroller = (element) => { for (let above = element.parentElement; above && above !== document.body; above = above.parentElement) if (getComputedStyle(above).overflowX !== "visible") return true; return false; };
  const all = [...document.body.querySelectorAll("*")];
  const wide = document.documentElement.scrollWidth <= room ? [] : all.filter((element) => element.getBoundingClientRect().right > room + 1 && !inScroller(element));
  const cut = all.filter((element) => {
    const style = getComputedStyle(element);
    if (!/hidden|clip/.test(style.overflowX + style.overflowY) || element.closest("svg, select") || style.clipPath !== "none" || style.webkitLineClamp !== "none") return false;
    const hasWords = [...element.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    return hasWords && element.checkVisibility() && (element.scrollHeight > element.clientHeight + 2 || element.scrollWidth > element.clientWidth + 2);
  });
  return [...wide.slice(0, 3).map((element) => `too wide: ${name(element)}`), ...cut.slice(0, 3).map((element) => `cut off: ${name(element)}`)];
});

/** Targets that are smaller than 24 px and have no such room around them. */
const crowded = () => page.evaluate(() => {
  // What is scrolled out of the sight of its own box is nowhere.
  const isInSight = ({ element, box }) => {
    for (let above = element.parentElement; above && above !== document.body; above = above.parentElement) {
      const frame = getComputedStyle(above).overflow === "visible" ? null : above.getBoundingClientRect();
      if (frame && (box.top >= frame.bottom || box.bottom <= frame.top || box.left >= frame.right || box.right <= frame.left)) return false;
    }
    return true;
  };
  const boxes = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !element.closest(".skip, .unseen"))
    .map((element) => ({ element, box: element.getBoundingClientRect() })).filter(({ box }) => box.width > 1 && box.height > 1)
    .filter(isInSight);
  // A link within a line of text is as high as the line; a label enlarges its box.
  const isInText = (element) => element.localName === "a" && getComputedStyle(element).display === "inline" && element.parentElement.textContent.trim().length > element.textContent.trim().length;
  const isSmall = ({ element, box }) => (box.width < 24 || box.height < 24) && !isInText(element) && !element.closest("label");
  // The circle of 24 px around the middle of a small target touches no other target.
  const isCrowded = ({ element, box }) => boxes.some((other) => {
    if (other.element === element || other.element.contains(element) || element.contains(other.element)) return false;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return Math.hypot(Math.max(other.box.left - x, 0, x - other.box.right), Math.max(other.box.top - y, 0, y - other.box.bottom)) < 12;
  });
  return boxes.filter((one) => isSmall(one) && isCrowded(one)).slice(0, 4).map(({ element, box }) => `${element.outerHTML.slice(0, 160)} is ${Math.round(box.width)} × ${Math.round(box.height)}`);
});

/** The first stop of Tab that is out of sight, or over which something lies. */
async function covered() {
  let first;
  for (let press = 0; press < 40; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      element.dataset.stop ??= String(Math.random());
      const boxes = [...element.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
      const points = boxes.flatMap((box) => [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]));
      const isFree = ([x, y]) => { const top = document.elementFromPoint(x, y); return Boolean(top && (element.contains(top) || top.contains(element) || top.closest("label")?.control === element)); };
      return { mark: element.dataset.stop, name: element.outerHTML.slice(0, 140), isSeen: points.some(isFree) };
    });
    if (!stop || stop.mark === first) return [];
    first ??= stop.mark;
    if (!stop.isSeen) return [stop.name];
  }
  return [];
}

// Each page is opened once, and everything is measured on it.
const flaws = { reflow: [], spacing: [], targets: [], focus: [] };
for (const address of pages) {
  await page.goto(`${base}${address}`);
  await page.evaluate(() => document.fonts.ready);
  const note = async (list, width, find) => {
    await page.setViewportSize({ width, height: width < 400 ? 700 : 900 });
    list.push(...(await find()).map((flaw) => `${address} at ${width} px: ${flaw}`));
  };
  await note(flaws.focus, 390, covered);
  for (const width of [390, 1280]) await note(flaws.targets, width, crowded);
  for (const width of [320, 2560]) await note(flaws.reflow, width, lost);
  // As a reader's own style sheet does it, past the policy that binds the page.
  await page.evaluate((rules) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(rules); document.adoptedStyleSheets = [sheet]; }, SPACED);
  for (const width of [320, 1280]) await note(flaws.spacing, width, lost);
}
await page.setViewportSize({ width: 1280, height: 900 });

await step("reflow: nothing is pushed sideways at 320 px, nor lost at 2560 px (1.4.10)", async () => assert.deepEqual(flaws.reflow, []));
await step("spaced text: nothing is cut off or pushed out (1.4.12)", async () => assert.deepEqual(flaws.spacing, []));
await step("targets: 24 px each way, or as much room around (2.5.8)", async () => assert.deepEqual(flaws.targets, []));
await step("focus: each stop of Tab is in sight, and nothing lies over it (2.4.11)", async () => assert.deepEqual(flaws.focus, []));

await step("dragging: files can be chosen instead of dropped (2.5.7)", async () => {
  await page.goto(`${base}/desk/upload`);
  await Promise.all([page.waitForURL("**/desk/upload/*"), page.locator("main form button").first().click()]);
  assert.ok(await page.locator("input[type=file]").first().isEnabled());
});

await step("help is in the same place on every page: languages, signing in and themes (3.2.6)", async () => {
  const stranger = await (await browser.newContext()).newPage();
  for (const address of ["/", "/search", interview, ofKind("practice"), "/desk/sign-in", "/r/khong-co"]) {
    await stranger.goto(`${base}${address}`);
    assert.equal(await stranger.locator("header .language").count(), 1, address);
    assert.equal(await stranger.locator("footer .bottom-row > :last-child.themes").count(), 1, address);
  }
  await stranger.context().close();
});

await step("themes: chosen at the foot, kept, and back on the same page; without script too", async () => {
  const plain = await browser.newContext({ javaScriptEnabled: false, colorScheme: "light" });
  const reader = await plain.newPage();
  const paper = () => reader.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  const address = `${base}/search?q=${encodeURIComponent("đan đó")}`;
  await reader.goto(address);
  const light = await paper();
  const seen = new Set([light]);
  for (const theme of ["Tối", "Tương phản cao"]) {
    await Promise.all([reader.waitForURL((url) => url.hash === "#themes"), reader.getByRole("link", { name: theme, exact: true }).click()]);
    assert.equal(reader.url(), `${address}#themes`, "the same search, and nothing of the theme in its address");
    assert.equal((await reader.locator(".themes [aria-current]").innerText()).trim(), theme);
    seen.add(await paper());
    await reader.goto(`${base}/`);
    assert.equal((await reader.locator(".themes [aria-current]").innerText()).trim(), theme, "it is kept");
    await reader.goto(address);
  }
  assert.equal(seen.size, 3, `three papers: ${[...seen].join()}`);
  await reader.emulateMedia({ colorScheme: "dark" });
  await Promise.all([reader.waitForURL((url) => url.hash === "#themes"), reader.getByRole("link", { name: "Sáng", exact: true }).click()]);
  assert.equal(await paper(), light, "who chose light keeps it when the system goes dark");
  await plain.close();
});

await step("where the system forces its colours, what is chosen is still marked", async () => {
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto(`${base}/browse/practice`);
  const marked = await page.locator("nav.kinds [aria-current]").evaluate((link) => [getComputedStyle(link).borderBottomColor, getComputedStyle(link.parentElement.nextElementSibling?.firstElementChild ?? document.body).borderBottomColor]);
  assert.notEqual(marked[0], marked[1], "the kind that is browsed has a line");
  await page.emulateMedia({ forcedColors: "none" });
});

await step("motion: who wants none has none (2.3.3)", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const address of ["/", "/search", interview, ofKind("image")]) {
    await page.goto(`${base}${address}`);
    const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((element) => {
      const style = getComputedStyle(element);
      return parseFloat(style.animationDuration) > 0.01 && style.animationName !== "none" || (parseFloat(style.transitionDuration) > 0.01 && /all|scale|transform|translate|opacity/.test(style.transitionProperty));
    }).map((element) => element.outerHTML.slice(0, 100)));
    assert.deepEqual(moving.slice(0, 3), [], address);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), "auto");
  }
  await page.emulateMedia({ reducedMotion: "no-preference" });
});

/** Presses Tab until something that fits has the focus. */
async function tabTo(selector, most = 120) {
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  assert.fail(`${selector} was not reached with ${most} presses of Tab`);
}

await step("the whole journey by keyboard: home, search, a filter, a record, play, back (2.1.1)", async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${base}/`);
  await tabTo("input[type=search]", 30);
  await page.keyboard.type("phỏng vấn");
  await Promise.all([page.waitForURL(/\/search\?/), page.keyboard.press("Enter")]);
  await tabTo(".facets a[href*='kind=sound'], .facets a[href*='kind%3Dsound']");
  await Promise.all([page.waitForURL(/kind=sound/), page.keyboard.press("Enter")]);
  const filtered = page.url();
  await tabTo(".hits a.card");
  await Promise.all([page.waitForURL(/\/r\//), page.keyboard.press("Enter")]);
  await tabTo("audio, [data-player] ~ * button, .player button");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector("[data-player]").currentTime > 0.3);
  await page.keyboard.press("Space");
  // Alt and the left arrow are the browser's own, and this one has no window.
  await page.goBack();
  assert.equal(page.url(), filtered);
});

await step("a record page loads at most 150 KB of script and style, compressed (and so does every other page)", async () => {
  const reader = await (await browser.newContext()).newPage();
  const loaded = new Map();
  reader.on("response", async (response) => {
    if (/script|stylesheet/.test(response.request().resourceType())) loaded.set(response.url(), gzipSync(await response.body().catch(() => Buffer.alloc(0))).length);
  });
  let most = 0;
  for (const address of open) {
    loaded.clear();
    await reader.goto(`${base}${address}`, { waitUntil: "load" });
    const bytes = [...loaded.values()].reduce((sum, one) => sum + one, 0);
    most = Math.max(most, bytes);
    assert.ok(bytes <= 150_000, `${address} loads ${bytes} bytes: ${[...loaded].map(([url, size]) => `${new URL(url).pathname} ${size}`).join(", ")}`);
  }
  assert.ok(most > 5_000, "something was counted");
  console.log(`      the most is ${Math.round(most / 1000)} KB`);
  await reader.context().close();
});

await step("print: no navigation, nothing to press, and the address of the record", async () => {
  await page.goto(`${base}${interview}`);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const gone of ["nav.kinds", "form.search", ".language", ".themes", "audio", ".skip"]) {
    assert.ok(!(await page.locator(gone).first().isVisible().catch(() => false)), `${gone} is printed`);
  }
  assert.equal(await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor), "rgb(255, 255, 255)", "paper is white, in the dark too");
  assert.ok((await page.locator(".printed-address").innerText()).includes(interview), "where the record is found");
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
});

await browser.close();
await viewer.close();
process.exit(steps.failed === 0 ? 0 : 1);
