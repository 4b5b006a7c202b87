// Opens pictures closely, in their places on the page, and moves the pictures of a comparison together. Without this file each picture
// is still there, and a link to all of it.
(() => {
  "use strict";
  const parts = document.querySelector("template[data-zoom-parts]");
  const buttons = [...document.querySelectorAll("button[data-zoom]")];
  if (!parts || buttons.length === 0) return;
  const told = parts.dataset;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const comparison = document.querySelector("[data-compare]");
  const together = comparison?.querySelector("[data-together]");
  /** What is open: by its button. */
  const sights = new Map();
  let library = null;

  /** The viewer is fetched once, and only when somebody wants to look closely. */
  function fetchViewer(src) {
    library ??= new Promise((resolve, reject) => {
      // A sheet of style that it would write into the page is refused by our policy. It writes none where it finds one: here is an
      // element of that name which is no style, in no namespace.
      const style = document.createElementNS(null, "style");
      style.setAttribute("data-openseadragon-mobile-css", "");
      document.head.append(style);
      const script = document.createElement("script");
      script.src = src;
      script.onload = resolve;
      script.onerror = () => { library = null; script.remove(); reject(new Error(src)); };
      document.head.append(script);
    });
    return library;
  }

  async function fetchInfo(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const info = await answer.json();
    // Whatever the server believes to be called, the tiles are where the page is.
    info.id = new URL(address.replace(/\/info\.json$/, ""), location.href).href;
    return info;
  }

  function makeViewer(element, info) {
    const gestures = { clickToZoom: false, dblClickToZoom: true, flickEnabled: !still.matches };
    return new globalThis.OpenSeadragon.Viewer({
      element, tileSources: info, showNavigationControl: false, drawer: "canvas",
      animationTime: still.matches ? 0 : 0.7, immediateRender: still.matches, blendTime: 0,
      visibilityRatio: 0.6, minZoomImageRatio: 0.8, maxZoomPixelRatio: 4,
      gestureSettingsMouse: gestures, gestureSettingsTouch: gestures, gestureSettingsPen: gestures,
    });
  }

  async function open(button, takesFocus = true) {
    if (sights.has(button)) return;
    const figure = button.closest("figure");
    const box = parts.content.firstElementChild.cloneNode(true);
    const sight = { button, figure, box, viewer: null, level: 0, say: (words) => { box.querySelector("[role=status]").textContent = words; } };
    sights.set(button, sight);
    button.setAttribute("aria-busy", "true");
    try {
      const [info] = await Promise.all([fetchInfo(button.dataset.zoom), fetchViewer(button.dataset.viewer)]);
      figure.querySelector("a:has(img), img").after(box);
      figure.classList.add("zoomed");
      // As high as the picture, within reason; side by side all are alike.
      if (!comparison) box.style.height = `min(82vh, max(22rem, ${Math.round(box.clientWidth * (info.height / info.width)) + 60}px))`;
      sight.viewer = makeViewer(box.querySelector(".zoom-sight"), info);
    } catch (error) {
      sights.delete(button);
      box.remove();
      figure.classList.remove("zoomed");
      fail(button);
      return;
    } finally {
      button.removeAttribute("aria-busy");
    }
    button.setAttribute("aria-expanded", "true");
    wire(sight, takesFocus);
  }

  /** Says beside the button that it did not work: the picture itself is still there. */
  function fail(button) {
    let note = button.parentElement.querySelector(".zoom-failed");
    if (!note) {
      note = document.createElement("span");
      note.className = "zoom-failed";
      note.setAttribute("role", "alert");
      button.after(note);
    }
    note.textContent = told.failed;
  }

  function wire(sight, takesFocus) {
    const { box, viewer, figure, button } = sight;
    const { canvas } = viewer;
    const title = figure.querySelector("img")?.alt ?? "";
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", told.sight.replace("#", title));
    for (const control of box.querySelectorAll("button[data-do]")) control.addEventListener("click", () => act(sight, control.dataset.do));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.fullscreenElement) return;
      event.preventDefault();
      event.stopPropagation();
      if (box.classList.contains("zoom-filled")) fill(sight, false); else close(sight);
    });
    box.addEventListener("fullscreenchange", () => press(box, "whole", document.fullscreenElement === box));
    viewer.addHandler("open", () => {
      const region = figure.querySelector("[data-region]")?.dataset.region.split(",").map(Number);
      if (region) viewer.viewport.fitBounds(viewer.world.getItemAt(0).imageToViewportRectangle(...region), true);
      follow(sight);
      show(sight);
    });
    viewer.addHandler("update-viewport", () => show(sight));
    viewer.addHandler("animation-finish", () => { show(sight); tellLevel(sight); });
    for (const moved of ["zoom", "pan", "rotate"]) viewer.addHandler(moved, () => lead(sight));
    viewer.addHandler("open-failed", () => { close(sight); fail(button); });
    sight.say(told.opened);
    if (!takesFocus) return;
    canvas.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  }

  function close(sight) {
    if (document.fullscreenElement === sight.box) document.exitFullscreen();
    fill(sight, false);
    sight.viewer.destroy();
    sight.box.remove();
    sight.figure.classList.remove("zoomed");
    sight.button.setAttribute("aria-expanded", "false");
    sights.delete(sight.button);
    sight.button.focus();
    for (const other of sights.values()) other.say(told.closed);
    comparison?.querySelector("[data-open-all]")?.setAttribute("aria-expanded", String(sights.size > 0));
  }

  function act(sight, what) {
    const { viewport } = sight.viewer;
    const at = still.matches;
    switch (what) {
      case "in": viewport.zoomBy(1.5, null, at); viewport.applyConstraints(at); break;
      case "out": viewport.zoomBy(1 / 1.5, null, at); viewport.applyConstraints(at); break;
      case "home": viewport.setRotation(0, true); viewport.goHome(at); break;
      case "turn":
        viewport.setRotation((viewport.getRotation() + 90) % 360, at);
        sight.say(told.turned.replace("#", String(viewport.getRotation())));
        break;
      case "whole": whole(sight); break;
      case "close": close(sight); break;
    }
  }

  /** The whole screen; where a browser gives it to films only, the whole window. */
  function whole(sight) {
    const { box } = sight;
    if (document.fullscreenElement === box) document.exitFullscreen();
    else if (box.classList.contains("zoom-filled")) fill(sight, false);
    else if (document.fullscreenEnabled) box.requestFullscreen().catch(() => fill(sight, true));
    else fill(sight, true);
  }

  function fill(sight, fills) {
    sight.box.classList.toggle("zoom-filled", fills);
    press(sight.box, "whole", fills);
  }

  const press = (box, what, is) => box.querySelector(`[data-do=${what}]`).setAttribute("aria-pressed", String(is));

  /** What is in sight of the picture, in its pixels; nothing before it is there. */
  function region({ viewer }) {
    const item = viewer.world.getItemAt(0);
    if (!item) return null;
    const seen = item.viewportToImageRectangle(viewer.viewport.getBounds(true)).getBoundingBox();
    const { x: wide, y: high } = item.getContentSize();
    const within = (from, length, most) => {
      const start = Math.min(Math.max(0, Math.floor(from)), most - 1);
      return [start, Math.max(1, Math.min(most, Math.ceil(from + length)) - start)];
    };
    const [x, width] = within(seen.x, seen.width, wide);
    const [y, height] = within(seen.y, seen.height, high);
    return [x, y, width, height];
  }

  /** Keeps the address of what is in sight, and the scale bar, true. */
  function show(sight) {
    const here = region(sight);
    if (!here) return;
    sight.box.querySelector("[data-do=cut]").href = sight.button.dataset.cut + here.join(",");
    const inMillimetre = Number(sight.button.dataset.scale);
    if (inMillimetre > 0) scale(sight, inMillimetre * level(sight));
  }

  /** Pixels of the screen for one of the picture. */
  const level = ({ viewer }) => viewer.world.getItemAt(0).viewportToImageZoom(viewer.viewport.getZoom(true));

  /** A bar of a round length: 1, 2 or 5, and zeros. */
  function scale(sight, pixelsInMillimetre) {
    const bar = sight.box.querySelector(".zoom-scale");
    const most = 140 / pixelsInMillimetre;
    const ten = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((times) => times * ten).find((round) => round <= most);
    const width = Math.round(length * pixelsInMillimetre);
    const svg = bar.querySelector("svg");
    svg.setAttribute("width", String(width + 2));
    svg.querySelector("path").setAttribute("d", `M1 0V7H${width + 1}V0`);
    const [shown, unit] = length >= 1000 ? [length / 1000, "m"] : length >= 10 ? [length / 10, "cm"] : [length, "mm"];
    const words = `${number.format(shown)} ${unit}`;
    bar.querySelector("span").textContent = words;
    bar.title = told.scale.replace("#", words);
    bar.hidden = false;
  }

  function tellLevel(sight) {
    if (!sight.viewer.world.getItemAt(0)) return;
    const now = Math.round(level(sight) * 100);
    if (now === sight.level) return;
    if (sight.level) sight.say(told.level.replace("#", number.format(now)));
    sight.level = now;
  }

  /** Where somebody looks, as shares of the picture, and how much closer than all of it. */
  function place({ viewer }) {
    const item = viewer.world.getItemAt(0);
    const size = item.getContentSize();
    const centre = item.viewportToImageCoordinates(viewer.viewport.getCenter());
    return { x: centre.x / size.x, y: centre.y / size.y, closer: viewer.viewport.getZoom() / viewer.viewport.getHomeZoom(), turned: viewer.viewport.getRotation() };
  }

  let isLed = false;
  const movesTogether = () => together?.getAttribute("aria-pressed") === "true";
  const isThere = (sight) => sight.viewer?.world.getItemAt(0);

  /** The pictures of a comparison go where this one goes. */
  function lead(sight) {
    if (isLed || !movesTogether() || !isThere(sight)) return;
    const to = place(sight);
    isLed = true;
    for (const other of sights.values()) if (other !== sight && isThere(other)) go(other, to);
    isLed = false;
  }

  function go({ viewer }, { x, y, closer, turned }) {
    const item = viewer.world.getItemAt(0);
    const size = item.getContentSize();
    const at = still.matches;
    viewer.viewport.setRotation(turned, at);
    viewer.viewport.zoomTo(closer * viewer.viewport.getHomeZoom(), null, at);
    viewer.viewport.panTo(item.imageToViewportCoordinates(x * size.x, y * size.y), at);
  }

  /** What is opened later begins where the others are. */
  function follow(sight) {
    const other = movesTogether() && [...sights.values()].find((other) => other !== sight && isThere(other));
    if (!other) return;
    isLed = true;
    go(sight, place(other));
    isLed = false;
  }

  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const sight = sights.get(button);
      if (sight?.viewer) close(sight); else open(button);
    });
  }
  if (together) {
    const all = comparison.querySelector("[data-open-all]");
    comparison.querySelector("[data-compare-bar]").hidden = false;
    all.addEventListener("click", async () => {
      all.setAttribute("aria-expanded", "true");
      await Promise.all(buttons.map((button, place) => open(button, place === 0)));
    });
    together.addEventListener("click", () => {
      together.setAttribute("aria-pressed", String(!movesTogether()));
      const first = [...sights.values()].find(isThere);
      if (first) lead(first);
    });
  }
})();
