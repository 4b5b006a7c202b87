// On the desk: how far the copy is that is being made, looked at again as long as one is.
(() => {
  "use strict";
  const place = document.querySelector("[data-copies]");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  async function follow() {
    while (place.querySelector("progress, [data-waits]")) {
      await pause(2000);
      const answer = await fetch(place.dataset.copies).catch(() => null);
      if (!answer?.ok || answer.redirected) continue;
      const told = document.createElement("template");
      told.innerHTML = await answer.text();
      place.replaceChildren(told.content);
    }
  }
  if (place) follow();
})();
