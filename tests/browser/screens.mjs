// Pictures of the viewer, for people to look at: called by scripts/screens.
//     node tests/browser/screens.mjs PATH_TO_KHO FOLDER

import path from "node:path";
import { hitsOf, serveSamples, startChromium } from "./viewer.mjs";

const [kho, folder] = process.argv.slice(2);
if (!folder) {
  console.error("use: node tests/browser/screens.mjs PATH_TO_KHO FOLDER");
  process.exit(2);
}
const tallest = 2400;

const viewer = await serveSamples(kho);
process.once("exit", viewer.kill);
const browser = await startChromium();

/** The first record that a search page lists and `wanted` accepts. */
async function find(page, address, wanted = async () => true) {
  await page.goto(`${viewer.base}${address}`);
  for (const href of await hitsOf(page)) {
    const bare = href.replace(/#.*/, "");
    await page.goto(`${viewer.base}${bare}`);
    if (await wanted()) return bare;
  }
  throw new Error(`nothing to show at ${address}`);
}

/** Opens an address, lets everything arrive, and takes the picture. */
async function take(page, name, address) {
  await page.goto(`${viewer.base}${address}`);
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode().catch(() => {}))]);
    const film = document.querySelector("video");
    if (film && !film.error) {
      // Played for a moment and stopped: only sought, it would stand there with the turning ring of loading.
      film.muted = true;
      film.currentTime = 4.6;
      await film.play();
      await new Promise((done) => setTimeout(done, 600));
      film.pause();
      film.muted = false;
    }
    document.activeElement?.blur();
  });
  await page.waitForTimeout(400);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }));
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, tallest) } });
  console.log(file);
}

const looks = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
let addresses;
for (const viewport of looks) {
  const context = await browser.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce", isMobile: viewport.width < 600, hasTouch: viewport.width < 600 });
  const page = await context.newPage();
  addresses ??= {
    home: "/",
    search: `/search?q=${encodeURIComponent("đan đó")}`,
    picture: await find(page, `/search?q=${encodeURIComponent("đôi tay đan vành")}&kind=image`),
    interview: await find(page, "/browse/sound", async () => await page.locator(".cues-pair").count() === 1),
    film: await find(page, "/browse/film"),
  };
  for (const [name, address] of Object.entries(addresses)) {
    await take(page, `${name}-${viewport.width}`, address);
  }
  await context.close();
}
const dark = await browser.newContext({ viewport: looks[0], colorScheme: "dark", reducedMotion: "reduce" });
await take(await dark.newPage(), "home-dark-1280", "/");

await browser.close();
await viewer.close();
