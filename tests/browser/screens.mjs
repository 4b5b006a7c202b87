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
async function take(page, name, address, tall) {
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
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(tall ? height : page.viewportSize().height, tallest) } });
  console.log(file);
}

/** Takes pictures of some pages in one window; returns nothing that is kept. */
async function look({ name, addresses, tall = true, ...how }) {
  const isPhone = how.viewport.width < 600;
  const context = await browser.newContext({ colorScheme: "light", reducedMotion: "reduce", isMobile: isPhone, hasTouch: isPhone, ...how });
  const page = await context.newPage();
  for (const [what, address] of Object.entries(addresses)) await take(page, `${what}-${name}`, address, tall);
  await context.close();
}

const question = `/search?q=${encodeURIComponent("đan đó")}`;
const scout = await (await browser.newContext()).newPage();
const all = {
  home: "/",
  search: question,
  picture: await find(scout, `/search?q=${encodeURIComponent("đôi tay đan vành")}&kind=image`),
  interview: await find(scout, "/browse/sound", async () => await scout.locator(".cues-pair").count() === 1),
  film: await find(scout, "/browse/film"),
  technique: await find(scout, "/browse/technique", async () => await scout.locator(".clip img, .clip video").count() > 0),
  wall: "/wall",
  places: "/places",
};
const some = (...names) => Object.fromEntries(names.map((name) => [name, all[name]]));
await look({ name: "1280", addresses: all, viewport: { width: 1280, height: 900 } });
await look({ name: "390", addresses: all, viewport: { width: 390, height: 844 } });
await look({ name: "2560", addresses: some("home", "technique"), viewport: { width: 2560, height: 1440 } });
await look({ name: "dark-1280", addresses: some("technique"), viewport: { width: 1280, height: 900 }, colorScheme: "dark" });
await look({ name: "dark-390", addresses: some("picture"), viewport: { width: 390, height: 844 }, colorScheme: "dark" });

const onScreen = (address) => address.replace(/^\/r\//, "/kiosk/r/");
const kiosk = { kiosk: "/kiosk", "kiosk-film": onScreen(all.film), "kiosk-technique": onScreen(all.technique), "kiosk-search": `/kiosk/search?q=${encodeURIComponent("đan")}` };
for (const viewport of [{ width: 1080, height: 1920 }, { width: 1920, height: 1080 }]) {
  await look({ name: `${viewport.width}x${viewport.height}`, addresses: kiosk, viewport, tall: false, hasTouch: true });
}

await browser.close();
await viewer.close();
