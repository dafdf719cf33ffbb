// ---- Drafts: what was typed stays in this browser until it was saved.

const DRAFT_DAYS_MAX = 30;
// Two windows of one person keep two drafts of one form.
const WINDOWS_MAX = 5;
const PASSED_OVER = ["chosen", "chooserFor", "eventSearch", "enquirySearch", "enquiriesFor", "category", "revision", "was", "key", "of"];
const typed = (form) => [...new FormData(form)].filter(([name, value]) => !PASSED_OVER.includes(name) && typeof value === "string");
const same = (some, others) => JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());

// No storage, or a full one: then there are no drafts.
const store = (work) => { try { return work(localStorage); } catch { return null; } };
const draft = (name) => store((it) => JSON.parse(it.getItem(name)));
const names = (id) => Array.from({ length: WINDOWS_MAX }, (_, n) => `draft:${root.dataset.user ?? ""}:${id}${n ? `:${n + 1}` : ""}`);
const named = () => String(Math.random()).slice(2);
let here = store(() => (sessionStorage.here ??= named())) ?? "";

// Nobody else writes this draft as long as this window is open.
function hold(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((answer) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => { answer(!!lock); return lock && new Promise(() => {}); }).catch(() => answer(true));
  });
}

// The draft of this window; else one that another window left; else an empty one. None where there are too
// many windows: then leaving asks.
async function mine(id) {
  const all = names(id);
  const own = all.find((name) => draft(name)?.here === here);
  // The page before this one may hold it for a moment.
  for (let tries = own ? 10 : 0; tries; tries--) {
    if (await hold(own)) return own;
    await new Promise((later) => setTimeout(later, 50));
  }
  // A window that was duplicated is another one.
  if (own) here = store(() => (sessionStorage.here = named())) ?? "";
  for (const name of [...all.filter(draft), ...all]) if (await hold(name)) return name;
}

function drafts(form, ask) {
  // What was sent and is not saved is no start: it is kept like what is typed.
  const wasSent = "sent" in form.dataset;
  const start = wasSent ? [] : typed(form);
  const notice = one("#restored");
  let name, timer, leaving = false, isKept = false;
  const keep = () => {
    clearTimeout(timer);
    if (!name) return;
    const fields = typed(form);
    const kept = { at: new Date().toISOString(), here, revision: form.elements.revision?.value ?? "", was: form.elements.was?.value, fields };
    isKept = store((it) => { same(fields, start) ? it.removeItem(name) : it.setItem(name, JSON.stringify(kept)); return true; }) ?? false;
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(keep, 400); };
  form.addEventListener("input", later);
  form.addEventListener("click", later);
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { keep(); leaving = true; } });
  addEventListener("pagehide", () => { if (timer && !leaving) keep(); });
  // Whoever leaves finds it again: only where it can't be kept they are asked.
  addEventListener("beforeunload", (event) => {
    if (leaving || same(typed(form), start)) return;
    keep();
    if (!isKept) event.preventDefault();
  });
  function restore(kept) {
    // It goes on from the state that it was typed on: if that is another by now, saving shows both.
    if (form.elements.revision && kept.revision) form.elements.revision.value = kept.revision;
    if (form.elements.was && kept.was) form.elements.was.value = kept.was;
    fill(form, kept.fields);
    ask?.();
    keep();
  }
  mine(form.dataset.draft).then((held) => {
    name = held;
    if (wasSent) return keep();
    const [kept, gone] = [draft(name), store(() => JSON.parse(sessionStorage.discarded ?? null))];
    store(() => sessionStorage.removeItem("discarded"));
    if (kept && !same(kept.fields, start)) {
      restore(kept);
      unsaved(notice, kept, () => {
        store(() => { sessionStorage.discarded = JSON.stringify({ ...kept, of: names(form.dataset.draft)[0] }); });
        store((it) => it.removeItem(name));
        clearTimeout(timer);
        leaving = true;
        form.reset();
        location.reload();
      });
    } else if (gone?.of === names(form.dataset.draft)[0]) discarded(notice, () => restore(gone));
  });
}

// Says when it was typed, and takes it away if that is wanted.
function unsaved(notice, kept, discard) {
  if (!notice) return;
  const time = one("time", notice);
  time.dateTime = kept.at;
  time.textContent = kept.at.slice(11, 16);
  times(notice);
  const field = (wanted) => kept.fields.find(([name]) => name === wanted)?.[1];
  const what = [field("leadName"), field("destination")].filter(Boolean).join(", ");
  const about = one("[data-about]", notice);
  if (about) about.textContent = what && ` for ${what}`;
  notice.hidden = false;
  one("[data-discard]", notice).addEventListener("click", discard, { once: true });
}

function discarded(notice, undo) {
  if (!notice) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "undo" });
  const words = Object.assign(document.createElement("p"), { textContent: "What you typed is discarded." });
  button.addEventListener("click", () => { undo(); notice.hidden = true; });
  notice.replaceChildren(words, button);
  notice.hidden = false;
  button.focus({ preventScroll: true });
}

// A quote, or the list, says that something typed is not saved yet, unless another window has it open.
async function reminded(notice) {
  const open = (await navigator.locks?.query())?.held.map((it) => it.name) ?? [];
  const name = names(notice.dataset.draftOf).find((it) => draft(it) && !open.includes(it));
  const kept = name && draft(name);
  if (!kept) return;
  unsaved(notice, kept, () => {
    store((it) => it.removeItem(name));
    discarded(notice, () => {
      const free = names(notice.dataset.draftOf).find((it) => !draft(it)) ?? name;
      store((it) => it.setItem(free, JSON.stringify(kept)));
      location.reload();
    });
  });
}

// What has no control yet is sent along until the server made one.
function fill(form, fields) {
  const kept = document.createElement("div");
  kept.id = "kept";
  kept.hidden = true;
  const wanted = new Set(fields.map(([name, value]) => `${name}\n${value}`));
  const there = new Set();
  for (const it of form.elements) {
    if (!it.name || PASSED_OVER.includes(it.name) || it.matches("button, fieldset")) continue;
    const isMark = it.matches("[type=checkbox], [type=radio]");
    const field = fields.find(([name]) => name === it.name);
    if (isMark) it.checked = wanted.has(`${it.name}\n${it.value}`);
    else if (field && it.type !== "hidden") {
      it.value = field[1];
      // It is not on the list: the server sends one that has it.
      if (it.matches("select") && it.value !== field[1]) {
        it.add(new Option(field[1], field[1], true, true));
        if (form.elements.enquiriesFor) form.elements.enquiriesFor.value = "?";
      }
    }
    there.add(isMark || it.type === "hidden" ? `${it.name}\n${it.value}` : it.name);
  }
  for (const [name, value] of fields) {
    if (there.has(name) || there.has(`${name}\n${value}`)) continue;
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    kept.append(input);
  }
  form.append(kept);
}

function forget() {
  for (const { dataset } of all("[data-draft-done]")) {
    for (const name of names(dataset.draftDone)) if (draft(name)?.here === here) store((it) => it.removeItem(name));
  }
  store((it) => {
    for (const key of Object.keys(it).filter((key) => key.startsWith("draft:"))) {
      if (Date.now() - Date.parse(JSON.parse(it.getItem(key))?.at) > DRAFT_DAYS_MAX * 86_400_000) it.removeItem(key);
    }
  });
}

