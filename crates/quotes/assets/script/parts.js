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

// What a page asks by itself. Nobody waits for it, and nothing is asked twice at once.
const asked = (address) => fetch(address, { headers: { Accept: "text/html" }, redirect: "manual", signal: AbortSignal.timeout(8000) }).catch(() => null);

// ---- What moves by itself for a while: a mail on its way.

const AGAIN_MOMENTS = [1, 1, 2, 2, 3, 3, 5, 5, 10, 10, 20, 30];

async function again(place) {
  const { id } = place;
  for (const seconds of AGAIN_MOMENTS) {
    await new Promise((later) => setTimeout(later, seconds * 1000));
    const address = document.getElementById(id)?.dataset.again;
    if (!address) return;
    const answer = await asked(address);
    if (answer?.ok) put(await answer.text());
  }
}

// ---- Banners: a page that stays open says what everybody is told.

const BANNERS_SECONDS = 10;

async function banners() {
  const isPaused = () => "paused" in (one("#banners")?.dataset ?? {});
  for (;;) {
    await new Promise((later) => setTimeout(later, BANNERS_SECONDS * 1000));
    if (document.visibilityState === "hidden") continue;
    const answer = await asked("/banners");
    if (answer?.type === "opaqueredirect") return;
    if (!answer?.ok) continue;
    const before = isPaused();
    put(await answer.text());
    for (const it of all("[data-while-paused]")) it.hidden = !isPaused();
    if (isPaused() !== before) say(before ? "Editing works again." : "Editing is paused. What you type is kept.");
  }
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

