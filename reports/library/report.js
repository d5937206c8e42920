
"use strict";
// The page is complete without this: it only shows titles in charts at once, and unfolds what belongs on paper.
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const told = new WeakMap();
  for (const title of document.querySelectorAll(".drawing title")) {
    told.set(title.parentNode, title.textContent);
    title.remove();
  }
  let current = null;
  const leave = () => {
    if (current) current.classList.remove("pointed");
    current = null;
    tip.hidden = true;
  };
  const show = (event) => {
    if (!told.has(event.target)) return leave();
    if (current !== event.target) {
      leave();
      current = event.target;
      current.classList.add("pointed");
      const text = told.get(current);
      const colon = text.indexOf(": ");
      tip.textContent = "";
      for (const line of [text.slice(0, colon), ...text.slice(colon + 2).split("; ")]) {
        const part = document.createElement("div");
        part.textContent = line;
        tip.append(part);
      }
      tip.hidden = false;
    }
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
  };
  for (const drawing of document.querySelectorAll(".drawing")) {
    drawing.addEventListener("pointermove", show);
    drawing.addEventListener("pointerdown", show);
    drawing.addEventListener("pointerleave", leave);
  }
  addEventListener("scroll", leave, { passive: true });

  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.on-paper:not([open])")];
    for (const each of unfolded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of unfolded) each.open = false;
  });
})();
