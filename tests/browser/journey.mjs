// A visitor's journey through the viewer in headless Chromium, on the sample collection.
//     node tests/browser/journey.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { hitsOf, Steps, serveSamples, startChromium } from "./viewer.mjs";

if (process.argv.length !== 3) {
  console.error("use: node tests/browser/journey.mjs PATH_TO_KHO");
  process.exit(2);
}

const viewer = await serveSamples(process.argv[2]);
process.once("exit", viewer.kill);
const browser = await startChromium();
const { base } = viewer;
const complaints = []; // what no page may ever do: console errors, failed or foreign requests
const foreign = [];    // requests to any other server, over the whole journey
let asked = 0;         // requests in all
const answers = [];    // the answers: { url, status, range }

const steps = new Steps(complaints);
const step = (name, work) => steps.run(name, work);

/** Opens a window onto the viewer whose errors and requests are watched. */
async function visitor(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(30_000);
  context.on("request", (request) => {
    const url = new URL(request.url());
    asked += 1;
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== base) {
      foreign.push(url.href);
      complaints.push(`asked elsewhere: ${url}`);
    }
  });
  context.on("response", (response) => {
    answers.push({ url: response.url(), status: response.status(), range: response.headers()["content-range"] });
    if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
  });
  context.on("requestfailed", (request) => {
    // A player drops a download when it seeks, and a page drops its own when it is left.
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") complaints.push(`${why} for ${request.url()}`);
  });
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error().message}`));
  return { context, page: await context.newPage() };
}

const languageOf = (page) => page.locator("html").getAttribute("lang");
const navigationOf = async (page) => (await page.locator("nav.kinds a").allTextContents()).map((text) => text.trim());

/** Waits until `check` holds in the page. */
const until = (page, check, argument, timeout = 15_000) => page.waitForFunction(check, argument, { timeout, polling: 50 });

/** What has the focus: whether it is seen, and whether one sees that it has it. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    tag: element.localName,
    name: `<${element.localName} class="${element.className}"> ${element.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}`,
    classes: [...element.classList],
    href: element.getAttribute("href"),
    text: element.textContent,
    isRinged: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isSeen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
});

/** Presses Tab until `wanted` has the focus; each stop on the way must be seen and ringed. */
async function tabTo(page, wanted, most = 60) {
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop) continue;
    assert.ok(stop.isSeen, `the focus is out of sight: ${stop.name}`);
    // Inside a player the focus ring is the browser's own, on the button.
    if (!["audio", "video"].includes(stop.tag)) assert.ok(stop.isRinged, `the focus is not marked: ${stop.name}`);
    if (wanted(stop)) return stop;
  }
  assert.fail(`not reached with ${most} presses of Tab`);
}

/** The records of one kind, by their addresses. */
async function recordsOf(page, kind) {
  await page.goto(`${base}/browse/${kind}`);
  const found = await hitsOf(page);
  assert.ok(found.length > 0, `no record of kind ${kind}`);
  return found;
}

const { context, page } = await visitor();

await step("the home page is in Vietnamese", async () => {
  await page.goto(`${base}/`);
  assert.equal(await languageOf(page), "vi");
  assert.deepEqual((await navigationOf(page)).slice(0, 4), ["Theo nghề", "Trên bản đồ", "Theo thời gian", "Nghề và làng nghề"]);
  assert.ok((await page.locator("h1").innerText()).trim());
  assert.ok(await page.locator("main a.card").count() >= 3, "the home page shows what is in the archive");
});

await step("keyboard: the first Tab shows the skip link, which leads to the content", async () => {
  await page.keyboard.press("Tab");
  const skip = await focused(page);
  assert.ok(skip?.classes.includes("skip"), `the first stop is ${skip?.name}`);
  assert.ok(skip.isSeen && skip.isRinged, "the skip link is seen once it has the focus");
  await page.keyboard.press("Enter");
  await until(page, () => document.activeElement?.id === "main");
});

await step("keyboard: the search box is reached and has a name", async () => {
  await tabTo(page, (stop) => stop.tag === "input", 5);
  const box = page.getByRole("combobox", { name: "Tìm trong kho" });
  assert.equal(await box.count(), 1);
  assert.ok(await box.evaluate((input) => input === document.activeElement));
});

await step("keyboard: “det lua” finds the text with “dệt lụa”, and Enter opens it", async () => {
  await page.keyboard.type("det lua");
  await Promise.all([page.waitForURL(/\/search\?/), page.keyboard.press("Enter")]);
  const hits = await hitsOf(page);
  assert.ok(hits.length >= 2, `${hits.length} hits`);
  assert.ok((await page.locator(".hits mark").allTextContents()).some((text) => /dệt|lụa/i.test(text.normalize("NFC"))), "the words are marked");
  assert.equal(await page.locator("#q").inputValue(), "det lua");
  const hit = await tabTo(page, (stop) => stop.classes.includes("card") && stop.text.normalize("NFC").includes("ghi chép dệt lụa"));
  await Promise.all([page.waitForURL(`${base}${hit.href}`), page.keyboard.press("Enter")]);
  assert.match((await page.locator(".text pre").innerText()).normalize("NFC"), /dệt lụa/);
  assert.match((await page.locator("h1").innerText()).normalize("NFC"), /dệt lụa/i);
});

await step("the same words with marks, in another case and in NFD find the same records", async () => {
  const found = [];
  for (const query of ["det lua", "dệt lụa", "DỆT LỤA".normalize("NFD")]) {
    await page.goto(`${base}/search?q=${encodeURIComponent(query)}`);
    found.push((await hitsOf(page)).map((href) => href.replace(/[?#].*/, "")).sort());
  }
  assert.ok(found[0].length > 0);
  assert.deepEqual(found[1], found[0]);
  assert.deepEqual(found[2], found[0]);
});

await step("the language switch: English, on this page and on the next", async () => {
  await page.goBack();
  const record = new URL(page.url()).pathname;
  await page.locator("header a.language").click();
  await until(page, () => document.documentElement.lang === "en");
  assert.equal(new URL(page.url()).pathname, record, "the switch stays on the page");
  assert.deepEqual((await navigationOf(page)).slice(0, 4), ["By craft", "On the map", "Through time", "Crafts and villages"]);
  await page.locator("nav.kinds a[href='/browse/practice']").click();
  await page.waitForURL(/\/browse\/practice/);
  assert.equal(await languageOf(page), "en");
  assert.equal(await page.locator("h1").innerText(), "Crafts and villages");
  await page.goto(`${base}/`);
  assert.equal(await languageOf(page), "en", "the choice is remembered");
  await page.locator("header a.language").click();
  await until(page, () => document.documentElement.lang === "vi");
});

await step("a film plays from the keyboard, by byte ranges", async () => {
  let played = 0;
  for (const film of await recordsOf(page, "film")) {
    await page.goto(`${base}${film}`);
    const video = page.locator("video[data-player]");
    assert.equal(await video.count(), 1, `${film} has a player`);
    assert.ok(await video.getAttribute("aria-label"), "the player has a name");
    const source = new URL(await video.getAttribute("src"), base).href;
    answers.length = 0;
    await until(page, () => { const v = document.querySelector("video"); return v.readyState >= 1 || v.error; });
    // Films in a form that this browser does not know are passed over; one at least must play.
    if (await video.evaluate((v) => v.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED)) {
      complaints.length = 0;
      continue;
    }
    assert.ok(await video.evaluate((v) => v.videoWidth > 0 && v.duration > 1), "the film has a picture and a length");
    assert.equal(await video.evaluate((v) => v.paused), true, "nothing plays by itself");
    await video.focus();
    await page.keyboard.press("Space");
    await until(page, () => { const v = document.querySelector("video"); return !v.paused && v.currentTime > 0.5; });
    const before = await video.evaluate((v) => v.currentTime);
    await until(page, (then) => document.querySelector("video").currentTime > then + 0.3, before);
    const bytes = answers.filter(({ url }) => url === source);
    assert.ok(bytes.some(({ status, range }) => status === 206 && /^bytes \d+-\d+\/\d+$/.test(range ?? "")),
      `no byte range among the answers: ${JSON.stringify(bytes)}`);
    // Jumping to the end works, which it cannot without ranges.
    await video.evaluate((v) => { v.currentTime = v.duration - 1; });
    await until(page, () => { const v = document.querySelector("video"); return !v.seeking && v.currentTime >= v.duration - 1.05; });
    played += 1;
  }
  assert.ok(played > 0, "no film plays in this browser");
});

let interview;
await step("an interview shows what is said, line by line", async () => {
  for (const sound of await recordsOf(page, "sound")) {
    await page.goto(`${base}${sound}`);
    assert.equal(await page.locator("audio[data-player], video[data-player]").count(), 1);
    if (await page.locator(".cues-pair[data-cues]").count() === 1) interview = sound;
  }
  assert.ok(interview, "no interview has transcripts in two languages");
  await page.goto(`${base}${interview}`);
  const lines = page.locator("[data-cues] >> nth=0").locator(".cue");
  assert.ok(await lines.count() >= 5);
  for (const line of await lines.all()) assert.match((await line.innerText()).replace(/\s+/g, " "), /^\d+:\d\d(:\d\d)? .{3,}/);
  assert.deepEqual(await lines.first().locator("[lang]").evaluateAll((said) => said.map((one) => one.lang)), ["vi", "en"]);
});

await step("a click on a line takes the player there", async () => {
  const link = page.locator("[data-cues] >> nth=0").locator("[data-seconds]").nth(3);
  const seconds = Number(await link.getAttribute("data-seconds"));
  assert.ok(seconds > 3);
  await until(page, () => document.querySelector("[data-player]").readyState >= 1);
  await link.click();
  await until(page, (at) => {
    const player = document.querySelector("[data-player]");
    return !player.seeking && player.currentTime >= at - 0.1 && player.currentTime < at + 4;
  }, seconds);
  await until(page, (at) => document.querySelector(".cue.spoken [data-seconds]")?.dataset.seconds === String(at), await link.getAttribute("data-seconds"));
  assert.equal(await link.getAttribute("aria-current"), "true");
  await until(page, () => !document.querySelector("[data-player]").paused);
});

await step("a found sentence opens the interview at its second", async () => {
  await page.goto(`${base}/search?q=${encodeURIComponent("hom miệng")}`);
  const at = page.locator(".hit .at a").first();
  assert.match(await at.innerText(), /\d+:\d\d/);
  const seconds = Number(/#t=([\d.]+)$/.exec(await at.getAttribute("href"))?.[1]);
  assert.ok(Number.isFinite(seconds), "the link names the second");
  await at.click();
  await page.waitForURL(/\/r\//);
  await until(page, (wanted) => Math.abs(document.querySelector("[data-player]").currentTime - wanted) < 0.3, seconds);
});

await step("names are offered while somebody types, and taken with the keys", async () => {
  await page.goto(`${base}/`);
  const box = page.locator("#q");
  await box.pressSequentially("det l");
  const offers = page.locator("form.search .offers [role=option]");
  await offers.first().waitFor();
  assert.ok((await offers.allInnerTexts()).includes("dệt lụa"), "the marks are given back");
  assert.equal(await box.getAttribute("aria-expanded"), "true");
  while ((await page.locator("form.search .offers [aria-selected=true]").allInnerTexts())[0] !== "dệt lụa") await box.press("ArrowDown");
  await Promise.all([page.waitForURL(/\/search\?/), box.press("Enter")]);
  assert.equal(new URL(page.url()).searchParams.get("q"), "dệt lụa");
  assert.ok(await page.locator(".hit mark").count() > 0);
});

await step("photographs taken on their side stand upright", async () => {
  const turned = viewer.records().flatMap((record) => {
    const technical = record.files?.[0]?.technical ?? {};
    return record.kind === "image" && technical.orientation >= 5 ? [{ id: record.id, ...technical }] : [];
  });
  assert.ok(turned.some(({ orientation, width, height }) => orientation === 6 && width > height), "a sample with orientation 6");
  for (const { id, orientation, width, height } of turned) {
    await page.goto(`${base}/r/${id}`);
    const picture = page.locator(".photograph img");
    await until(page, () => { const i = document.querySelector(".photograph img"); return i.complete && i.naturalWidth > 0; });
    const size = await picture.evaluate((i) => ({ natural: [i.naturalWidth, i.naturalHeight], told: [i.width, i.height], given: [+i.getAttribute("width"), +i.getAttribute("height")] }));
    assert.ok(size.natural[1] > size.natural[0] === width > height, `orientation ${orientation}: ${size.natural}`);
    const upright = height / width;
    for (const [across, down] of Object.values(size)) assert.ok(Math.abs(across / down - upright) < 0.01, `stretched: ${JSON.stringify(size)}`);
    // Not only the right shape: the same way up as the original, which this browser turns by itself.
    const { same, turnedOver } = await page.evaluate(async () => {
      const shown = document.querySelector(".photograph img");
      const original = new Image();
      original.src = document.querySelector(".photograph a").href;
      await original.decode();
      const grey = (image) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 24 });
        const context = canvas.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, 24, 24);
        const { data } = context.getImageData(0, 0, 24, 24);
        return Array.from({ length: 576 }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
      };
      const [a, b] = [grey(shown), grey(original)];
      const distance = (x, y) => x.reduce((sum, value, i) => sum + Math.abs(value - y[i]), 0) / x.length;
      return { same: distance(a, b), turnedOver: distance(a, [...b].reverse()) };
    });
    assert.ok(same < 12 && same * 2 < turnedOver, `orientation ${orientation}: differs by ${same.toFixed(1)} upright, ${turnedOver.toFixed(1)} turned over`);
  }
});

await step("without JavaScript: search, record, film and transcript are all there", async () => {
  const plain = await visitor({ javaScriptEnabled: false });
  await plain.page.goto(`${base}/`);
  await plain.page.getByRole("searchbox").fill("det lua");
  await plain.page.getByRole("button", { name: "Tìm" }).click();
  await plain.page.waitForURL(/\/search\?/);
  await plain.page.locator(".hits a.card").filter({ hasText: "ghi chép dệt lụa" }).first().click(); // anywhere on it
  await plain.page.waitForURL(/\/r\//);
  assert.match(await plain.page.locator(".text pre").innerText(), /dệt lụa/);
  const [film] = await recordsOf(plain.page, "film");
  await plain.page.goto(`${base}${film}`);
  assert.equal(await plain.page.locator("video[controls][src]").count(), 1);
  assert.ok(await plain.page.locator("figure a[href^='/media/']").count() >= 1, "the film can be fetched");
  await plain.page.goto(`${base}${interview}`);
  assert.ok(await plain.page.locator(".cue").first().isVisible());
  await plain.context.close();
});

const pages = [["home", "/"], ["search", `/search?q=${encodeURIComponent("đan đó")}`], ["the whole archive", "/search"], ["nothing found", "/search?q=qxzjw"]];
await step("every kind in the navigation can be browsed", async () => {
  await page.goto(`${base}/`);
  const doors = await page.locator("nav.kinds a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.ok(doors.length >= 4, doors.join());
  for (const door of doors) {
    // Other ways in have tests of their own.
    if (!door.startsWith("/browse/")) { pages.push([`a way in (${door})`, door]); continue; }
    const kind = door.replace("/browse/", "");
    const [first] = await recordsOf(page, kind);
    pages.push([`browsing (${kind})`, door], [`a record (${kind})`, first]);
  }
  pages.push(["the interview", interview]);
});

await step(`${pages.length} pages: one h1, a title, and words for every picture`, async () => {
  for (const language of ["vi", "en"]) {
    for (const [name, address] of pages) {
      await page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${language}`);
      assert.equal(await page.locator("h1").count(), 1, `${name}: one h1`);
      assert.ok((await page.locator("h1").innerText()).trim(), `${name}: the h1 says something`);
      assert.ok((await page.title()).trim(), `${name}: a title`);
      assert.equal(await languageOf(page), language, name);
      // A picture may be silent only where words stand beside it in the same link.
      const wordless = await page.locator("img").evaluateAll((all) => all
        .filter((e) => !e.hasAttribute("alt") || (!e.alt.trim() && !e.closest("a")?.textContent.trim()))
        .map((e) => e.outerHTML.slice(0, 120)));
      assert.deepEqual(wordless, [], `${name}: a picture without words`);
      const nameless = await page.locator("a, button, input:not([type=hidden]), audio, video").evaluateAll((all) => all
        .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length || e.querySelector("img[alt]:not([alt=''])")))
        .map((e) => e.outerHTML.slice(0, 80)));
      assert.deepEqual(nameless, [], `${name}: without a name`);
      const broken = await page.evaluate(() => [...document.querySelectorAll("use")].map((u) => u.getAttribute("href")).filter((h) => !/^\/assets\/icons\.svg#./.test(h)));
      assert.deepEqual(broken, [], `${name}: drawings`);
    }
  }
  await context.clearCookies();
});

await step("no page scrolls sideways at 320, 390 and 1280 px", async () => {
  for (const width of [320, 390, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [name, address] of pages) {
      for (const language of ["vi", "en"]) {
        await page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${language}`);
        const wide = await page.evaluate(() => {
          const room = document.documentElement.clientWidth;
          return document.documentElement.scrollWidth <= room ? [] : [...document.body.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > room + 1).map((e) => `<${e.localName} class="${e.getAttribute("class")}">`).slice(0, 4);
        });
        assert.deepEqual(wide, [], `${name} (${language}) at ${width} px is too wide`);
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await context.clearCookies();
});

await step("keyboard: on every page each stop of Tab is seen and marked", async () => {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [name, address] of pages) {
      await page.goto(`${base}${address}`);
      try {
        await tabTo(page, (stop) => stop.href === "/search" && stop.text === "Xem toàn bộ kho", 150);
      } catch (error) {
        throw new Error(`${name} at ${width} px: ${error.message}`);
      }
    }
  }
});

await step("a page that does not exist says so, in the visitor's language", async () => {
  for (const [language, heading] of [["vi", "Không tìm thấy trang này"], ["en", "This page could not be found"]]) {
    const answer = await page.goto(`${base}/r/00000000000?lang=${language}`);
    assert.equal(answer.status(), 404);
    assert.equal(await page.locator("h1").innerText(), heading);
  }
  // The browser itself reports the answer 404, which was asked for.
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !/\b404\b/.test(c)));
});

await step(`${asked} requests, none to any other server`, async () => {
  assert.ok(asked > 300, "the requests were watched");
  assert.deepEqual(foreign, []);
});

await browser.close();
await viewer.close();
console.log(`${steps.passed} passed, ${steps.failed} failed`);
process.exitCode = steps.failed === 0 ? 0 : 1;
