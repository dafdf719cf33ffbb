// What pages do beyond plain HTML. Every page works without this file: it makes forms answer at once, keeps
// drafts, and takes keys. Rules and prices stay on the server; what comes from there is put in as it is.

const root = document.documentElement;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
root.classList.add("js");

// ---- Parts: whatever the server sends with an id takes the place of what has that id.

const shown = new Map();

function put(html) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  for (const part of all("body > [id]", parts)) {
    const old = document.getElementById(part.id);
    // What is the same stays: a button must not be replaced between pressing it and letting go.
    if (!old || shown.get(part.id) === part.outerHTML) continue;
    shown.set(part.id, part.outerHTML);
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    for (const details of all("details[open]", old)) {
      const same = all("details", part)[all("details", old).indexOf(details)];
      if (same) same.open = true;
    }
    old.replaceWith(document.adoptNode(part));
    if (focus) refocus(part, focus);
    times(part);
    if (part.dataset.said) say(part.dataset.said);
  }
}

// The same control again, with what is being typed in it.
function refocus(part, before) {
  const named = all("[name], a, button", part).filter((it) => it.id === before.id && it.name === before.name && it.type === before.type);
  const same = named.find((it) => isText(before) || it.value === before.value);
  if (!same) return part.querySelector("button, input, a")?.focus({ preventScroll: true });
  if (isText(before)) same.value = before.value;
  same.focus({ preventScroll: true });
  try { same.setSelectionRange(before.selectionStart, before.selectionEnd); } catch { /* it has no caret */ }
}

function say(words) {
  const said = one("#said");
  if (said && said.textContent !== words) said.textContent = words;
}

const isText = (it) => it.matches?.("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select");

// ---- The form of a quote: each change is sent, and the last answer counts.

function live(form) {
  let timer, stop, turn = 0;
  async function ask(button) {
    clearTimeout(timer);
    stop?.abort();
    stop = new AbortController();
    const mine = ++turn;
    one("#receipt")?.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form, button));
      const answer = await fetch(form.dataset.live, { method: "POST", body, headers: { Accept: "text/html" }, signal: stop.signal });
      const html = await answer.text();
      if (mine !== turn) return;
      if (answer.ok && !answer.redirected) {
        put(html);
        one("#kept")?.remove();
        agree(form);
        form.dispatchEvent(new Event("input"));     // the draft follows
        trouble("");
      } else {
        trouble(answer.redirected || answer.status === 401 ? "You are signed out. What you type is kept: sign in again and come back." : "The price could not be calculated just now. What you type is kept.");
      }
    } catch (error) {
      if (mine === turn && error.name !== "AbortError") trouble("The server does not answer. What you type is kept.");
    } finally {
      if (mine === turn) one("#receipt")?.removeAttribute("aria-busy");
    }
  }
  form.addEventListener("input", ({ target }) => {
    if (target.closest("[data-here]") || target.matches("textarea") || !isText(target) || target.matches("select, [type=date]")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 30);
  });
  form.addEventListener("change", ({ target }) => {
    if (target.closest("[data-here]") || target.matches("textarea")) return;
    if (!isText(target) || target.matches("select, [type=date]")) ask();
  });
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("data-live")) return;
    event.preventDefault();
    ask(event.submitter);
  });
  return ask;
}

function trouble(words) {
  const place = one("#trouble");
  if (!place) return;
  place.hidden = !words;
  place.firstElementChild.textContent = words;
}

// Ticks in the chooser, and how each is priced, follow the list of what is chosen.
function agree(form) {
  const chosen = new Map(all("#chosen [data-event]", form).map((it) => [it.dataset.event, it.dataset.basis]));
  for (const box of all("#chooser [name=event]", form)) {
    box.checked = chosen.has(box.value);
    const basis = one("[data-basis]", box.closest("li"));
    if (basis) basis.textContent = chosen.get(box.value) ?? "";
  }
  narrow(form);
}

// ---- News: the server says what changed, and comes again by itself. Without any for a while there is trouble.

const QUIET_SECONDS_MAX = 12;
const AGAIN_SECONDS = 3;

function follow(place) {
  let source, heard = Date.now();
  function open() {
    source = new EventSource(place.dataset.follow);
    source.onmessage = ({ data }) => { heard = Date.now(); trouble(""); put(data); };
    // A stream that ends is asked for again by itself; after a refusal it is not.
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(again, AGAIN_SECONDS * 1000); };
  }
  async function again() {
    // Whoever is signed out is sent away from the page itself.
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual", headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.type !== "opaqueredirect" && answer?.status !== 403) return open();
    clearInterval(watching);
    trouble("You are signed out: this page is not up to date any more. Load it again.");
  }
  const watching = setInterval(() => { if (Date.now() - heard > QUIET_SECONDS_MAX * 1000) trouble("There is no news at present: the server or the database does not answer."); }, 1000);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => { if (persisted) open(); });
  open();
}

// What the enquiry says need not be typed: it fills what is empty, or still as another enquiry said.
function answers(form) {
  const choice = form.elements.enquiryId;
  let said = {};
  choice?.addEventListener("change", () => {
    const says = JSON.parse(choice.selectedOptions[0]?.dataset.says || "{}");
    for (const [name, value] of Object.entries(says)) {
      const field = form.elements[name];
      if (!field || (field.value && field.value !== said[name])) continue;
      field.value = value;
    }
    said = says;
  });
}

// ---- The chooser: search and categories at once, arrows from event to event.

// As the server compares: without case and accents.
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\p{M}/gu, "")
  .replace(/[łøđħı]/g, (letter) => "lodhi"["łøđħı".indexOf(letter)]);

function narrow(form) {
  const words = fold(one("[name=eventSearch]", form)?.value ?? "").split(/\s+/);
  const category = one("[name=category]:checked", form)?.value ?? "";
  let shown = 0;
  for (const row of all(".chooser li", form)) {
    row.folded ??= fold(row.textContent);
    const fits = (!category || row.dataset.categories.split(" ").includes(category)) && words.every((word) => row.folded.includes(word));
    row.hidden = !fits;
    shown += fits;
  }
  const none = one(".chooser-none", form);
  if (none) none.hidden = shown > 0;
}

function chooser(form) {
  form.addEventListener("input", ({ target }) => { if (target.closest("[data-here]")) narrow(form); });
  form.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-clear-search]")) return;
    one("[name=eventSearch]", form).value = "";
    one("[name=category]", form).checked = true;
    narrow(form);
    one("[name=eventSearch]", form).focus();
  });
  form.addEventListener("keydown", (event) => {
    const search = one("[name=eventSearch]", form);
    const boxes = all(".chooser li:not([hidden]) [name=event]", form);
    const at = boxes.indexOf(event.target);
    const goes = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: boxes.length - 1 };
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.target === search && plain && ["ArrowDown", "Enter"].includes(event.key)) boxes[0]?.focus();
    else if (event.target === search && event.key === "Escape") { search.value = ""; narrow(form); }
    else if (at < 0 || !plain) return;
    else if (event.key in goes) (boxes[goes[event.key]] ?? (goes[event.key] < 0 ? search : null))?.focus();
    else if (event.key === "Enter") event.target.click();
    else if (event.key === "Escape") search.focus();
    else return;
    event.preventDefault();
  });
  narrow(form);
}

// ---- Drafts: what was typed stays in this browser until it was saved.

const DRAFT_DAYS_MAX = 30;
const PASSED_OVER = ["chosen", "chooserFor", "eventSearch", "category", "revision", "was", "key", "of"];
const draftKey = (id) => `draft:${root.dataset.user ?? ""}:${id}`;
const typed = (form) => [...new FormData(form)].filter(([name, value]) => !PASSED_OVER.includes(name) && typeof value === "string");
const same = (some, others) => JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());

function store(work) {
  // No storage, or a full one: then there are no drafts.
  try { return work(localStorage); } catch { return null; }
}

function drafts(form, ask) {
  const key = draftKey(form.dataset.draft);
  const start = typed(form);
  let timer, leaving = false;
  const keep = () => {
    clearTimeout(timer);
    const fields = typed(form);
    const revision = form.elements.revision?.value ?? "";
    store((it) => same(fields, start) ? it.removeItem(key) : it.setItem(key, JSON.stringify({ at: new Date().toISOString(), revision, was: form.elements.was?.value, fields })));
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(keep, 400); };
  form.addEventListener("input", later);
  form.addEventListener("click", later);
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { keep(); leaving = true; } });
  addEventListener("pagehide", () => { if (timer && !leaving) keep(); });
  addEventListener("beforeunload", (event) => { if (!leaving && !same(typed(form), start)) event.preventDefault(); });

  const draft = store((it) => JSON.parse(it.getItem(key)));
  const notice = one("#restored");
  if (!draft || same(draft.fields, start)) return;
  // It goes on from the state that it was typed on: if that is another by now, saving shows both.
  if (form.elements.revision && draft.revision) form.elements.revision.value = draft.revision;
  if (form.elements.was && draft.was) form.elements.was.value = draft.was;
  fill(form, draft.fields);
  ask?.();
  if (!notice) return;
  const time = one("time", notice);
  time.dateTime = draft.at;
  time.textContent = draft.at.slice(11, 16);
  times(notice);
  notice.hidden = false;
  one("[data-discard]", notice).addEventListener("click", () => {
    store((it) => it.removeItem(key));
    clearTimeout(timer);
    leaving = true;
    form.reset();
    location.reload();
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
    else if (field && it.type !== "hidden") it.value = field[1];
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
  for (const { dataset } of all("[data-draft-done]")) store((it) => it.removeItem(draftKey(dataset.draftDone)));
  store((it) => {
    for (const key of Object.keys(it).filter((key) => key.startsWith("draft:"))) {
      if (Date.now() - Date.parse(JSON.parse(it.getItem(key))?.at) > DRAFT_DAYS_MAX * 86_400_000) it.removeItem(key);
    }
  });
}

// ---- Times, in the reader's zone and format.

function times(within) {
  const zone = root.dataset.zone || undefined;
  const locale = root.dataset.locale || navigator.language;
  const shape = (options) => (at) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(at);
  const full = shape({ dateStyle: "medium", timeStyle: "short" });
  const shapes = {
    datetime: full,
    time: shape({ timeStyle: "short" }),
    date: shape({ dateStyle: "medium" }),
    day: shape({ dateStyle: "long", timeZone: "UTC" }),     // a day of the calendar is the same everywhere
    ago(at) {
      const minutes = Math.round((at - Date.now()) / 60_000);
      if (Math.abs(minutes) > 720) return full(at);
      const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
      return Math.abs(minutes) < 60 ? relative.format(minutes, "minute") : relative.format(Math.round(minutes / 60), "hour");
    },
  };
  for (const it of all("time[data-as]", within)) {
    const at = new Date(it.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    it.textContent = shapes[it.dataset.as]?.(at) ?? it.textContent;
    if (it.dataset.as === "ago") it.title = full(at);
  }
}

// ---- Keys.

function keys(event) {
  const { key, target } = event;
  if ((event.ctrlKey || event.metaKey) && key === "Enter") {
    const button = one("[data-key='Ctrl+Enter']");
    if (button) { event.preventDefault(); button.form.requestSubmit(button); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isText(target) || target.isContentEditable || one("dialog[open]")) return;
  if (key === "Escape") all(".chip[open]").forEach((it) => { it.open = false; one("summary", it).focus(); });
  const rows = all(".rows tbody th a");
  const at = rows.findIndex((it) => it.closest("tr").contains(document.activeElement));
  if (key === "/") one("[data-key='/']")?.focus();
  else if (key === "?") one("#keys")?.showModal();
  else if (key === "n") one("[data-key=n]")?.click();
  else if (key === "j") rows[Math.min(at + 1, rows.length - 1)]?.focus();
  else if (key === "k") rows[Math.max(at - 1, 0)]?.focus();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", keys);
document.addEventListener("click", ({ target }) => {
  const opens = target.closest("[data-open]");
  if (opens) document.getElementById(opens.dataset.open)?.showModal();
  for (const chip of all(".chip[open]")) if (!chip.contains(target)) chip.open = false;
});
document.addEventListener("change", ({ target }) => { if (target.name === "theme") root.dataset.theme = target.value; });

times(document);
forget();
for (const form of all("form[data-draft], form[data-live]")) {
  answers(form);
  const ask = form.dataset.live ? live(form) : null;
  if (ask) chooser(form);
  if (form.dataset.draft) drafts(form, ask);
}
all("[data-follow]").forEach(follow);
one("#errors")?.focus();
