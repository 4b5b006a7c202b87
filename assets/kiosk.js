// The screen in the village house: its ways, its rest, its player, its keyboard. Without this file its pages are plain pages.
(() => {
  "use strict";

  const root = document.documentElement;
  const { rest } = root.dataset;
  if (!rest) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const main = document.querySelector("main");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // What was touched to end something does nothing else: for a moment after it no touch counts.
  const DEAF = 500;
  let deafUntil = 0;
  const listenNoMore = () => { deafUntil = performance.now() + DEAF; };
  addEventListener("click", (event) => {
    if (performance.now() >= deafUntil) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // ---- Ways: every page takes the place of the one before, so nothing of a visit is left to go back to. The way back is known
  // to this window only, and only until the visit ends.
  const TRAIL = "kho-kiosk-trail";
  const here = () => location.pathname + location.search + location.hash;
  const isHome = location.pathname === new URL(rest, location.href).pathname;
  const trail = () => { try { return JSON.parse(sessionStorage.getItem(TRAIL)) ?? []; } catch { return []; } };
  const follow = (steps) => sessionStorage.setItem(TRAIL, JSON.stringify(steps.slice(-50)));
  if (isHome) sessionStorage.removeItem(TRAIL);

  const waiting = document.querySelector("[data-wait]");
  let isLeaving = false;

  /** Opens a page of the kiosk, once the server answers: an error page of the browser has no way home. */
  async function open(address) {
    if (isLeaving) return;
    isLeaving = true;
    root.classList.add("is-leaving");
    while (!(await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false))) {
      if (!waiting.open) waiting.showModal();
      await new Promise((done) => setTimeout(done, 2000));
    }
    if (waiting.open) waiting.close();
    location.replace(address);
    // If nothing came of it, the next touch tries again.
    setTimeout(() => { isLeaving = false; root.classList.remove("is-leaving"); }, 5000);
  }

  /** Goes on to an address; what is none of the kiosk leads home. */
  function goTo(address) {
    const url = new URL(address, location.href);
    const isOurs = url.origin === location.origin && /^\/kiosk(?:[/?#]|$)/.test(url.pathname + url.search + url.hash);
    if (!isOurs) return open(rest);
    if (url.hash && url.pathname === location.pathname && url.search === location.search) return location.replace(url);
    if (!isLeaving) follow([...trail(), here()]);
    return open(url.href);
  }

  function goBack() {
    const steps = trail();
    const before = steps.pop();
    follow(steps);
    open(before ?? rest);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    goTo(link.href);
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    goTo(`${event.target.getAttribute("action")}?${new URLSearchParams(new FormData(event.target))}`);
  });
  const back = document.querySelector("[data-back]");
  back.hidden = isHome || trail().length === 0;
  back.addEventListener("click", goBack);

  // No menu, no marking, no dragging, no second window, and no larger page but by the fingers on a picture.
  const refuse = (event) => event.preventDefault();
  const isField = (event) => event.target.matches?.("input");
  ["contextmenu", "dragstart", "auxclick", "gesturestart"].forEach((name) => addEventListener(name, refuse));
  addEventListener("selectstart", (event) => { if (!isField(event)) event.preventDefault(); });
  addEventListener("wheel", (event) => { if (event.ctrlKey) event.preventDefault(); }, { passive: false });
  addEventListener("touchmove", (event) => { if (event.touches.length > 1 && !event.target.closest("[data-zoom-picture]") && event.cancelable) event.preventDefault(); }, { passive: false });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^F\d+$/.test(event.key)) event.preventDefault();
  }, true);

  // ---- Rest: whoever is gone is asked once, and then the screen is as it was before the visit.
  const idle = Number(root.dataset.idle) * 1000;
  const countdown = Number(root.dataset.countdown);
  const asking = document.querySelector("[data-still]");
  const counting = asking.querySelector("[data-count]");
  const attract = document.querySelector("[data-attract]");
  const places = new WeakMap();
  let touched = performance.now();
  let askedAt = 0;

  /** Whether a film or a voice moves on: what only waits for its server is nobody's company. */
  function isPlaying() {
    let moves = false;
    for (const media of all("video, audio")) {
      if (!media.paused && !media.ended && places.get(media) !== media.currentTime) moves = true;
      places.set(media, media.currentTime);
    }
    return moves;
  }

  function isThere() {
    touched = performance.now();
    if (asking.open) asking.close();
  }

  function tick() {
    const now = performance.now();
    if (isPlaying() || (attract && !attract.hidden)) isThere();
    if (asking.open) {
      const left = Math.ceil(countdown - (now - askedAt) / 1000);
      counting.textContent = String(Math.max(0, left));
      if (left <= 0) { sessionStorage.removeItem(TRAIL); open(rest); }
    } else if (now - touched >= idle) {
      askedAt = now;
      counting.textContent = String(countdown);
      asking.showModal();
    }
  }
  setInterval(tick, 250);

  addEventListener("pointerdown", () => {
    if (asking.open) listenNoMore();
    isThere();
  }, true);
  ["keydown", "wheel", "input", "scroll", "touchmove"].forEach((name) => addEventListener(name, isThere, { capture: true, passive: true }));

  // ---- Nobody there: pictures pass by until the first touch, which does nothing else.
  if (attract) {
    const slides = all(".slide", attract);
    const SLIDE = 9_000;
    // What was closed or came in since is felt here too.
    const FRESH = 10 * 60_000;
    let passing;
    const show = (place) => {
      // The next one is there before it is seen.
      for (const slide of [slides[place], slides[(place + 1) % slides.length]]) slide.src ||= slide.dataset.src;
      slides.forEach((slide, at) => slide.classList.toggle("is-seen", at === place));
    };
    const cover = (isCovered) => {
      attract.hidden = !isCovered;
      for (const part of document.body.children) if (part !== attract && !part.matches("dialog")) part.inert = isCovered;
    };
    const rise = () => {
      cover(true);
      attract.focus({ preventScroll: true });
      const began = performance.now();
      let place = 0;
      if (slides.length > 0) show(place);
      passing = setInterval(() => {
        if (performance.now() - began > FRESH) { open(rest); return; }
        if (slides.length > 1) { place = (place + 1) % slides.length; show(place); }
      }, SLIDE);
    };
    const fall = () => {
      if (attract.hidden) return;
      clearInterval(passing);
      cover(false);
      history.replaceState(null, "", `${location.pathname}${location.search}#home`);
      main.focus({ preventScroll: true });
    };
    attract.addEventListener("pointerdown", () => { listenNoMore(); fall(); });
    attract.addEventListener("click", fall);
    attract.addEventListener("keydown", fall);
    if (location.hash !== "#home") rise();
  }

  // ---- Films and voices, with keys for a hand and words for a loud room.
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds || 0));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  // A browser may refuse to play what it does not know: the page stays as it is.
  const play = (media) => media.play().catch(() => {});

  function seek(media, seconds) {
    const go = () => { media.currentTime = seconds; };
    if (media.readyState > 0) go();
    else media.addEventListener("loadedmetadata", go, { once: true });
  }

  function makePlayer(figure) {
    const media = figure.querySelector("video, audio");
    const controls = figure.querySelector("[data-controls]");
    const bar = controls.querySelector("[data-seek]");
    const time = controls.querySelector("[data-clock]");
    const toggle = () => (media.paused ? play(media) : media.pause());
    media.controls = false;
    controls.hidden = false;
    controls.querySelector("[data-play]").addEventListener("click", toggle);
    media.addEventListener("click", toggle);
    bar.addEventListener("input", () => { media.currentTime = Number(bar.value); });
    const tell = () => {
      const length = Number.isFinite(media.duration) ? media.duration : 0;
      bar.max = String(length);
      bar.value = String(media.currentTime);
      time.textContent = `${clock(media.currentTime)} / ${clock(length)}`;
      bar.setAttribute("aria-valuetext", time.textContent);
      controls.classList.toggle("is-playing", !media.paused && !media.ended);
      markChapter();
    };
    const chapters = all("[data-seconds]", figure);
    const markChapter = () => {
      const now = media.currentTime + 0.05;
      const current = chapters.findLast((chapter) => Number(chapter.dataset.seconds) <= now && !media.paused);
      chapters.forEach((chapter) => chapter.toggleAttribute("aria-current", chapter === current));
    };
    for (const chapter of chapters) {
      chapter.addEventListener("click", (event) => {
        event.preventDefault();
        seek(media, Number(chapter.dataset.seconds));
        play(media);
      });
    }
    ["loadedmetadata", "durationchange", "timeupdate", "seeked", "play", "pause", "ended"].forEach((name) => media.addEventListener(name, tell));
    media.addEventListener("play", () => all("video, audio").forEach((other) => { if (other !== media) other.pause(); }));
    tell();
    subtitle(figure, media);
    return media;
  }

  /** Draws what is said over the picture, larger than browsers do. */
  function subtitle(figure, media) {
    const line = figure.querySelector("[data-subtitle]");
    const languages = figure.querySelector("[data-languages]");
    const tracks = [...media.textTracks];
    if (tracks.length === 0) return;
    const keys = all("[data-track]", languages);
    let chosen = null;
    const draw = () => {
      const words = [...(chosen?.activeCues ?? [])].map((cue) => cue.getCueAsHTML().textContent.trim()).filter(Boolean);
      line.textContent = words.join("\n");
      line.lang = chosen?.language ?? "";
      line.hidden = words.length === 0 && media.localName === "video";
    };
    const choose = (key) => {
      const place = key.dataset.track;
      chosen = place === "none" ? null : tracks[Number(place)];
      tracks.forEach((track) => { track.mode = track === chosen ? "hidden" : "disabled"; });
      keys.forEach((other) => other.setAttribute("aria-pressed", String(other === key)));
      draw();
    };
    tracks.forEach((track) => track.addEventListener("cuechange", draw));
    keys.forEach((key) => key.addEventListener("click", () => choose(key)));
    languages.hidden = false;
    choose(keys.find((key) => key.getAttribute("aria-pressed") === "true") ?? keys[0]);
  }

  const players = all("[data-player]").map(makePlayer);
  const asked = /^#t=(\d+(?:\.\d+)?)/.exec(location.hash);
  if (players[0] && asked) {
    seek(players[0], Number(asked[1]));
    play(players[0]);
  }
  // Whoever touches a step wants to see it done.
  const shown = document.querySelector(".clip-large:first-of-type [data-player] :is(video, audio)");
  if (shown) play(shown);

  // ---- Looking closely: two fingers, or keys.
  const zoom = document.querySelector("[data-zoom-screen]");
  if (zoom && globalThis.OpenSeadragon) {
    let viewer = null;
    // It would write a sheet of style into the page, which our policy refuses, and writes none where it finds one: this is an
    // element of that name in no namespace, and no style.
    const style = document.createElementNS(null, "style");
    style.setAttribute("data-openseadragon-mobile-css", "");
    document.head.append(style);
    const scale = zoom.querySelector("[data-scale]");
    const LENGTHS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
    /** Shows how long a centimetre of the thing is now; a scan that does not tell its resolution has no scale. */
    const measure = (inMillimetre) => {
      const points = viewer.viewport.viewportToImageZoom(viewer.viewport.getZoom(true)) * inMillimetre * 10;
      const length = LENGTHS.findLast((length) => length * points <= 240);
      scale.hidden = !length;
      if (!length) return;
      scale.style.width = `${Math.round(length * points)}px`;
      scale.firstElementChild.textContent = new Intl.NumberFormat(root.lang, { style: "unit", unit: "centimeter" }).format(length);
    };
    const begin = (figure) => {
      if (zoom.open) return;
      zoom.showModal();
      const calm = still.matches;
      viewer = globalThis.OpenSeadragon({
        element: zoom.querySelector("[data-zoom-picture]"),
        tileSources: figure.dataset.zoom,
        showNavigationControl: false,
        animationTime: calm ? 0 : 0.6,
        blendTime: calm ? 0 : 0.1,
        immediateRender: calm,
        maxZoomPixelRatio: 4,
        visibilityRatio: 0.6,
        gestureSettingsTouch: { pinchRotate: false, flickEnabled: !calm, clickToZoom: false, dblClickToZoom: true },
        gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      });
      const inMillimetre = Number(figure.dataset.millimetre);
      scale.hidden = true;
      const tell = () => { if (viewer?.world.getItemCount() > 0) measure(inMillimetre); };
      if (inMillimetre > 0) ["open", "animation", "resize"].forEach((name) => viewer.addHandler(name, tell));
    };
    const end = () => {
      viewer?.destroy();
      viewer = null;
    };
    const by = (factor) => () => { viewer?.viewport.zoomBy(factor); viewer?.viewport.applyConstraints(); };
    const on = (name, work) => zoom.querySelector(`[data-zoom-${name}]`).addEventListener("click", work);
    on("in", by(1.6));
    on("out", by(1 / 1.6));
    on("whole", () => viewer?.viewport.goHome());
    on("close", () => zoom.close());
    zoom.addEventListener("close", end);
    for (const figure of all("[data-zoom]")) {
      const key = figure.querySelector("[data-closer]");
      key.hidden = false;
      key.addEventListener("click", () => begin(figure));
      const image = figure.querySelector("img");
      image.addEventListener("click", () => begin(figure));
      image.addEventListener("touchstart", (event) => { if (event.touches.length === 2) begin(figure); }, { passive: true });
    }
  }

  // ---- The keyboard.
  const typing = document.querySelector("[data-typing]");
  if (typing) {
    const field = typing.querySelector("[name=q]");
    const offers = typing.querySelector("[data-offers]");
    const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;
    const marked = (letter) => letter.normalize("NFD");
    // With breve, circumflex or horn it is another vowel, and bears the tone before all others.
    const isShaped = (letter) => /[aeou][\u0302\u0306\u031b]/.test(marked(letter));
    const isVowel = (letter) => "aeiouy".includes(marked(letter)[0]);

    /** Which vowel of a syllable bears its tone: as it is written today, on the second of oa, oe and uy. -1 if there is none. */
    function bearer(letters) {
      const end = letters.findLastIndex(isVowel);
      if (end < 0) return -1;
      let start = end;
      while (start > 0 && isVowel(letters[start - 1])) start -= 1;
      // In qu and gi the vowel belongs to the consonant.
      const leading = letters[start - 1] + letters[start];
      if (end > start && (leading === "qu" || leading === "gi")) start += 1;
      const vowels = letters.slice(start, end + 1);
      const shaped = vowels.findLastIndex(isShaped);
      if (shaped >= 0) return start + shaped;
      const isClosed = end < letters.length - 1;
      const second = vowels.length === 3 || (vowels.length === 2 && (isClosed || ["oa", "oe", "uy"].includes(vowels.join(""))));
      return start + (second ? 1 : 0);
    }

    /** Sets a tone on a syllable in place of the one that it has; the same tone again takes it away. */
    function toned(syllable, tone) {
      const plain = [...syllable.normalize("NFD").replace(TONES, "").normalize("NFC")];
      const place = syllable.normalize("NFD").includes(tone) ? -1 : bearer(plain.map((letter) => letter.toLowerCase()));
      if (place >= 0) plain[place] = (plain[place] + tone).normalize("NFC");
      return plain.join("");
    }

    const caret = () => field.selectionStart ?? field.value.length;
    const put = (words, from) => {
      field.setRangeText(words, from, field.selectionEnd ?? field.value.length, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const keys = typing.querySelector("[data-keyboard]");
    keys.hidden = false;
    // Its own keys are here: the keyboard of the system stays away.
    field.inputMode = "none";
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
    keys.addEventListener("pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    keys.addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) return;
      const { letter, tone } = key.dataset;
      const before = field.value.slice(0, caret());
      if (letter !== undefined && field.value.length < field.maxLength) put(letter, caret());
      if ("rub" in key.dataset) put("", Math.max(0, caret() - (field.selectionEnd > caret() ? 0 : [...before].at(-1)?.length ?? 0)));
      if ("empty" in key.dataset) { field.select(); put("", 0); }
      if (tone !== undefined) {
        const syllable = /\S*$/.exec(before)[0];
        put(toned(syllable, tone), before.length - syllable.length);
      }
    });

    let asks = 0;
    let later;
    const offer = async () => {
      const mine = ++asks;
      const words = field.value.trim();
      const answer = words.length < 2 ? null : await fetch(`/kiosk/suggest?${new URLSearchParams({ q: words })}`).catch(() => null);
      const found = answer?.ok ? await answer.json() : [];
      if (mine !== asks) return;
      offers.replaceChildren(...found.map(({ text }) => {
        const item = document.createElement("li");
        const key = document.createElement("button");
        key.type = "button";
        key.className = "key";
        key.textContent = text;
        key.addEventListener("click", () => { field.value = text; typing.requestSubmit(); });
        item.append(key);
        return item;
      }));
    };
    field.addEventListener("input", () => { clearTimeout(later); later = setTimeout(offer, 120); });
    if (field.value) offer();
  }
})();
