// What a film or a recording can do on its page where scripts run: a bar with frames, a wave to click into, words to search.
// Without this file the storyboard, the wave and the words are there all the same, and the server searches.
(() => {
  "use strict";

  const player = document.querySelector("[data-player]");

  /** Seconds as on a clock, as the server writes them. */
  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  function make(tag, className) {
    const element = document.createElement(tag);
    element.className = className;
    return element;
  }

  /** A range that follows the player and leads it: by pointer, by keys, by whatever moves ranges. */
  function seeker(className, label) {
    const range = make("input", className);
    Object.assign(range, { type: "range", min: 0, max: player.duration, value: player.currentTime });
    // An arrow key is a second, or a two-hundredth of a long recording.
    range.step = player.duration > 200 ? Math.round(player.duration / 100) / 2 : Math.min(1, player.duration / 20);
    range.setAttribute("aria-label", label);
    const tell = () => {
      range.setAttribute("aria-valuetext", `${clock(Number(range.value))} / ${clock(player.duration)}`);
      range.parentElement?.style.setProperty("--done", `${(100 * range.value) / player.duration}%`);
    };
    let isHeld = false;
    const release = () => { isHeld = false; };
    range.addEventListener("pointerdown", () => { isHeld = true; });
    for (const over of ["pointerup", "pointercancel", "change"]) range.addEventListener(over, release);
    range.addEventListener("input", () => { player.currentTime = Number(range.value); tell(); });
    player.addEventListener("timeupdate", () => {
      if (isHeld || player.seeking) return;
      range.value = player.currentTime;
      tell();
    });
    queueMicrotask(tell);
    return range;
  }

  /** The bar under a film, in place of its storyboard: it shows a frame of the moment that one is about to go to. */
  function addBar(story) {
    const frames = Number(story.dataset.frames);
    const columns = Math.min(frames, 6);
    const rows = Math.ceil(frames / columns);
    const bar = make("div", "seek");
    const preview = make("div", "seek-preview");
    const frame = make("span", "seek-frame");
    const at = make("span", "seek-at");
    const range = seeker("seek-range", story.dataset.seek);
    preview.hidden = true;
    preview.setAttribute("aria-hidden", "true");
    frame.style.aspectRatio = `${story.width / columns} / ${story.height / rows}`;
    frame.style.backgroundImage = `url("${story.getAttribute("src")}")`;
    frame.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
    preview.append(frame, at);
    bar.append(preview, range);
    const part = (place, all) => (all > 1 ? (100 * place) / (all - 1) : 0);
    function show(seconds) {
      const number = Math.max(0, Math.min(frames - 1, Math.floor((seconds / player.duration) * frames)));
      frame.style.backgroundPosition = `${part(number % columns, columns)}% ${part(Math.floor(number / columns), rows)}%`;
      at.textContent = clock(seconds);
      preview.hidden = false;
      const room = bar.clientWidth - preview.offsetWidth;
      const middle = (seconds / player.duration) * bar.clientWidth - preview.offsetWidth / 2;
      preview.style.left = `${Math.max(0, Math.min(room, middle))}px`;
    }
    const hide = () => { preview.hidden = true; };
    range.addEventListener("pointermove", (event) => {
      const box = range.getBoundingClientRect();
      show(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * player.duration);
    });
    range.addEventListener("pointerleave", hide);
    range.addEventListener("focus", () => { if (range.matches(":focus-visible")) show(Number(range.value)); });
    range.addEventListener("input", () => show(Number(range.value)));
    range.addEventListener("blur", hide);
    range.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    story.replaceWith(bar);
  }

  /** The wave of a sound can be clicked into. */
  function addWave(wave) {
    const around = make("div", "wave");
    const range = seeker("wave-range", wave.dataset.seek);
    wave.replaceWith(around);
    around.append(wave, range);
  }

  function begin() {
    if (!Number.isFinite(player.duration) || player.duration <= 0) return;
    // Of several recordings on a page each has its own.
    const figure = player.closest("figure") ?? document;
    const story = figure.querySelector(".storyboard[data-seek]");
    if (story) addBar(story);
    const wave = figure.querySelector(".waveform[data-seek]");
    if (wave) addWave(wave);
  }

  if (player) {
    if (player.readyState > 0) begin();
    else player.addEventListener("loadedmetadata", begin, { once: true });
  }

  // Words that are looked for in what is said.
  const form = document.querySelector("[data-find]");
  const box = document.querySelector("[data-cues]");
  if (!form || !box) return;

  const field = form.elements.find;
  const told = form.querySelector("output");
  const steps = form.querySelector(".words-steps");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const plain = (word) => word.normalize("NFD").replace(/\p{M}/gu, "").replace(/[\u0111\u0110]/g, "d").toLowerCase();
  const exact = (word) => word.normalize("NFC").toLowerCase();
  const wordsOf = (text) =>
    [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map((found) => ({
      from: found.index,
      to: found.index + found[0].length,
      plain: plain(found[0]),
      exact: exact(found[0]),
    }));
  const rows = [...box.querySelectorAll(".cue")].map((row) => ({
    row,
    texts: [...row.querySelectorAll("[data-text]")].map((element) => ({ element, text: element.textContent, words: null })),
  }));
  let found = [];
  let here = -1;

  /** Which words of a line are meant; nothing unless all that was typed is in it. The last word may be half typed. */
  function places(typed, words) {
    const all = new Set();
    for (const [number, wanted] of typed.entries()) {
      const form = wanted.plain === wanted.exact ? "plain" : "exact";
      const isHere = number === typed.length - 1
        ? (word) => word[form].startsWith(wanted[form])
        : (word) => word[form] === wanted[form];
      const here = words.filter(isHere);
      if (here.length === 0) return [];
      here.forEach((word) => all.add(word));
    }
    return words.filter((word) => all.has(word));
  }

  /** Marks words in a line; neighbours become one mark. */
  function mark({ element, text }, words) {
    if (words.length === 0) {
      if (element.firstElementChild) element.textContent = text;
      return;
    }
    const spans = [];
    for (const word of words) {
      const last = spans.at(-1);
      if (last && text.slice(last.to, word.from).trim() === "") last.to = word.to;
      else spans.push({ from: word.from, to: word.to });
    }
    const parts = [];
    let at = 0;
    for (const { from, to } of spans) {
      const marked = document.createElement("mark");
      marked.textContent = text.slice(from, to);
      parts.push(text.slice(at, from), marked);
      at = to;
    }
    element.replaceChildren(...parts, text.slice(at));
  }

  function look() {
    const typed = wordsOf(field.value);
    found[here]?.classList.remove("found-here");
    found = [];
    here = -1;
    for (const { row, texts } of rows) {
      let isFound = false;
      for (const line of texts) {
        const words = typed.length ? places(typed, (line.words ??= wordsOf(line.text))) : [];
        mark(line, words);
        isFound ||= words.length > 0;
      }
      row.classList.toggle("found", isFound);
      if (isFound) found.push(row);
    }
    steps.hidden = found.length === 0;
    if (found.length) go(0);
    else told.textContent = typed.length ? form.dataset.none : "";
    const address = new URL(location.href);
    if (typed.length) address.searchParams.set("find", field.value.trim());
    else address.searchParams.delete("find");
    history.replaceState(null, "", address);
  }

  function go(to) {
    found[here]?.classList.remove("found-here");
    here = (to + found.length) % found.length;
    const row = found[here];
    row.classList.add("found-here");
    told.textContent = `${here + 1} / ${found.length}`;
    // Only the box of the words moves; the page stays where the reader put it.
    box.scrollTo({ top: row.offsetTop - box.clientHeight / 3, behavior: still.matches ? "auto" : "smooth" });
  }

  form.querySelector("[type=submit]").hidden = true;
  field.addEventListener("input", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (found.length) go(here + 1);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey || found.length === 0) return;
    event.preventDefault();
    go(here - 1);
  });
  form.querySelector("[data-before]").addEventListener("click", () => go(here - 1));
  form.querySelector("[data-next]").addEventListener("click", () => go(here + 1));
  if (field.value.trim()) look();
})();
