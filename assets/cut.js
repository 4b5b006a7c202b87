// Citations that are copied by a button, moments that are taken from the player, and a player that keeps to its part. Without this file
// all of it can be read, typed and played all the same.
(() => {
  "use strict";
  const status = document.querySelector("[data-said]");
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = button.closest(".citation").querySelector("[data-copied]");
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent.trim());
      if (status) { status.textContent = ""; status.textContent = status.dataset.said; }
      button.dataset.done = "";
      setTimeout(() => { delete button.dataset.done; }, 2000);
    });
  }

  function clock(seconds) {
    const all = Math.max(0, Math.round(seconds * 10));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes, rest] = [Math.floor(all / 36000), Math.floor(all / 600) % 60, Math.floor(all / 10) % 60];
    const tenth = all % 10 ? `.${all % 10}` : "";
    return hours ? `${hours}:${two(minutes)}:${two(rest)}${tenth}` : `${minutes}:${two(rest)}${tenth}`;
  }

  for (const form of document.querySelectorAll("[data-cut-form]")) {
    const players = [...document.querySelectorAll("video, audio")];
    const ours = players.find((player) => player.currentSrc.includes(form.elements.file.value) || player.src.includes(form.elements.file.value)) ?? players[0];
    for (const take of ours ? form.querySelectorAll("[data-take]") : []) {
      take.hidden = false;
      take.addEventListener("click", () => { take.parentElement.querySelector("input").value = clock(ours.currentTime); });
    }
  }

  for (const player of document.querySelectorAll("[data-span]")) {
    const [from, to] = player.dataset.span.split(",").map(Number);
    let isOver = false;
    // Browsers stop at the end of a part by themselves, but not when it is played a second time.
    player.addEventListener("timeupdate", () => {
      if (player.currentTime < to || player.paused) return;
      isOver = true;
      player.pause();
    });
    player.addEventListener("play", () => {
      if (isOver || player.currentTime < from - 0.25 || player.currentTime >= to) player.currentTime = from;
      isOver = false;
    });
  }
})();
