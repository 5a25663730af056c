// Keeps an open issue or pull request fresh: the server says that something changed, the page reads its part again and
// takes over what is different, so that what is being typed, folded or focused stays. Without JavaScript the page works
// too; it has to be reloaded by hand.
"use strict";

// Whether the server last said that a <details> is open: one that differs from it was opened or folded by the reader.
const served = new WeakMap();
const remember = (root) => {
  for (const d of root.querySelectorAll("details")) if (!served.has(d)) served.set(d, d.open);
};

const alike = (a, b) => a && a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

// morph gives node the children of next and keeps each child that is still there.
const morph = (node, next) => {
  const wanted = new Set([...next.children].map((c) => c.id).filter(Boolean));
  const kept = new Map([...node.children].filter((c) => wanted.has(c.id)).map((c) => [c.id, c]));
  let at = node.firstChild;
  for (const want of [...next.childNodes]) {
    const match = kept.get(want.id) || (alike(at, want) ? at : null);
    if (!match) {
      node.insertBefore(document.importNode(want, true), at);
      continue;
    }
    while (at && at !== match && !wanted.has(at.id)) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    if (at === match) at = at.nextSibling;
    else node.insertBefore(match, at);
    update(match, want);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
};

const update = (node, want) => {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== want.nodeValue) node.nodeValue = want.nodeValue;
    return;
  }
  const details = node.nodeName === "DETAILS";
  for (const { name } of [...node.attributes]) {
    if (!want.hasAttribute(name) && !(details && name === "open")) node.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (node.getAttribute(name) !== value && !(details && name === "open")) node.setAttribute(name, value);
  }
  if (details) {
    const open = want.hasAttribute("open");
    if (node.open === served.get(node)) node.open = open;
    served.set(node, open);
  }
  morph(node, want);
};

const live = document.querySelector("[data-live]");
if (live) {
  remember(live);
  let source = null, busy = false, again = false, tag = "new";
  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { "X-Fragment": tag } });
      if (answer.status === 200 && answer.headers.has("X-Fragment")) {
        const fresh = document.createElement("template");
        fresh.innerHTML = await answer.text();
        tag = answer.headers.get("X-Fragment");
        morph(live, fresh.content);
        remember(live);
      }
    } catch { /* the event source connects again and then asks again */ }
    busy = false;
    if (again) {
      again = false;
      setTimeout(refresh, 100);
    }
  };
  // A browser opens few connections to one server; tabs that nobody sees must not use them up.
  const connect = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource(live.dataset.live);
      source.addEventListener("open", refresh);
      source.addEventListener("change", refresh);
    }
  };
  document.addEventListener("visibilitychange", connect);
  connect();
}

// Control and Enter send the form that is being typed in.
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.form) {
    e.preventDefault();
    e.target.form.requestSubmit(e.target.form.querySelector("button.go") || undefined);
  }
});
