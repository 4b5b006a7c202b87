// Joins a record's player and its transcript. Without this file the page still shows both.
(() => {
  const player = document.querySelector("[data-player]");
  if (!player) return;

  const transcripts = [...document.querySelectorAll("[data-cues]")].map((box) => ({
    box,
    cues: [...box.querySelectorAll("[data-seconds]")].map((link) => ({
      link,
      line: link.closest("li"),
      seconds: Number(link.dataset.seconds),
    })),
    spoken: null,
  }));
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function seek(seconds) {
    const go = () => { player.currentTime = seconds; };
    if (player.readyState > 0) go();
    else player.addEventListener("loadedmetadata", go, { once: true });
  }

  function seekToAddress() {
    const asked = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (asked) seek(Number(asked[1]));
  }

  function mark(transcript) {
    const now = player.currentTime + 0.05;
    const spoken = transcript.cues.findLast((cue) => cue.seconds <= now) ?? null;
    if (spoken === transcript.spoken) return;
    transcript.spoken?.link.removeAttribute("aria-current");
    transcript.spoken?.line.classList.remove("spoken");
    transcript.spoken = spoken;
    if (!spoken) return;
    spoken.link.setAttribute("aria-current", "true");
    spoken.line.classList.add("spoken");
    // Only the transcript's own box moves; the page stays where the reader put it.
    transcript.box.scrollTo({
      top: spoken.line.offsetTop - transcript.box.clientHeight / 3,
      behavior: still.matches ? "auto" : "smooth",
    });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-seconds]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", link.getAttribute("href"));
    seek(Number(link.dataset.seconds));
    // A browser may refuse to play (an unknown codec): the line is sought all the same.
    player.play().catch(() => {});
  });
  player.addEventListener("timeupdate", () => transcripts.forEach(mark));
  addEventListener("hashchange", seekToAddress);
  seekToAddress();
})();

// The kinds are one line on a telephone. A browser leaves a link where it is that is seen in part; with the focus it comes in whole.
document.querySelector(".kinds")?.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
