// Remembers the set that was looked at last, so that “add to a set” on a record adds to that one. Without this file it begins
// a new set, or adds to the one that the address carries along.
(() => {
  const KEY = "kho-set";
  const read = () => { try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; } };
  const keep = (set) => { try { localStorage.setItem(KEY, set); } catch { /* A browser may keep nothing. */ } };
  const here = new URLSearchParams(location.search);

  if (location.pathname === "/set") {
    here.delete("q");
    here.delete("lang");
    keep(here.toString());
    return;
  }
  const link = document.querySelector("[data-set-add]");
  if (!link || here.has("set")) return;
  const set = new URLSearchParams(read());
  if (!set.has("r")) return;
  const id = link.dataset.setAdd;
  if (!set.getAll("r").includes(id)) set.append("r", id);
  link.href = `/set?${set}`;
})();
