// What happens in the browser alone: the language of the page, opening the source behind a chip, and the way back.
// Gradio redraws its HTML while an answer grows; so what the reader has opened is kept in one style rule, not in the redrawn nodes.
(() => {
  "use strict";
  const LANGUAGES = ["en", "zh-Hans", "zh-Hant"];
  const STORED = "chuchu-language";
  let chosen = null;
  try { chosen = localStorage.getItem(STORED); } catch { /* a browser may forbid it: then the choice lasts for this page */ }
  const opened = document.head.appendChild(document.createElement("style"));
  const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

  function wanted() {
    if (LANGUAGES.includes(chosen)) return chosen;
    const first = (navigator.languages || [navigator.language]).find((tag) => /^(en|zh)\b/i.test(tag)) || "en";
    if (!/^zh/i.test(first)) return "en";
    return /hant|-(tw|hk|mo)\b/i.test(first) ? "zh-Hant" : "zh-Hans";
  }

  function speak(language) {
    const root = document.documentElement;
    if (root.lang !== language) root.lang = language; // an equal value set again would wake the observer below for ever
    root.dataset.ui = language;
    for (const button of document.querySelectorAll("button.ui"))
      button.setAttribute("aria-pressed", String(button.dataset.ui === language));
  }

  function open(id) {
    const card = document.getElementById(id);
    if (!card) return;
    const panels = card.closest(".panels");
    const panel = card.closest(".panel");
    // A newer answer changes data-latest, and this rule then no longer holds: its own panel shows.
    const latest = `#panels .panels[data-latest="${panels.dataset.latest}"]`;
    opened.textContent = `
      ${latest} .panel { display: none }
      ${latest} .panel[data-turn="${panel.dataset.turn}"] { display: block }
      #${id} { --edge: var(--seal); --glow: var(--lit) }
      .chip[data-card="${id}"] { --fill: var(--stamp); --words: #fff }`;
    card.focus({ preventScroll: true });
    const words = card.querySelector("mark") || card;
    const room = panels.clientHeight;
    if (getComputedStyle(panels).overflowY === "auto") {
      const from = panels.getBoundingClientRect().top;
      const { top, bottom } = card.getBoundingClientRect();
      const deep = words.getBoundingClientRect().bottom - top > room;
      const by = deep ? words.getBoundingClientRect().top - from - room / 3 : top - from - 16;
      if (deep || top < from || bottom > Math.min(from + room, innerHeight)) panels.scrollBy({ top: by, behavior: calm() });
    } else {
      const deep = words.getBoundingClientRect().bottom - card.getBoundingClientRect().top > innerHeight;
      (deep ? words : card).scrollIntoView({ block: deep ? "center" : "start", behavior: calm() });
    }
  }

  function back(id) {
    const chip = document.querySelector(`.chip[data-card="${id}"]`);
    if (!chip) return;
    chip.scrollIntoView({ block: "center", behavior: calm() });
    chip.focus({ preventScroll: true });
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.text);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1600);
  }

  function write(question) {
    const box = document.querySelector("#question textarea, #question input");
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  }

  function ask(question) {
    const drawn = document.querySelector("#question textarea, #question input") && document.getElementById("ask");
    if (!drawn) return setTimeout(ask, 50, question); // Gradio draws box and button a moment after the examples
    write(question);
    setTimeout(() => document.getElementById("ask").click());
  }

  function edit(question) {
    const box = write(question);
    box.focus();
    box.setSelectionRange(question.length, question.length);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".chip")) open(button.dataset.card);
    else if (button.matches(".back")) back(button.dataset.card);
    else if (button.matches(".copy")) copy(button);
    else if (button.matches(".example, .suggestion")) ask(button.textContent);
    else if (button.matches(".edit")) edit(button.dataset.question);
    else if (button.matches(".ui")) {
      chosen = button.dataset.ui;
      speak(chosen);
      try { localStorage.setItem(STORED, chosen); } catch { /* as above */ }
    }
  });

  // A new question comes into view once; while its answer grows the page stays where the reader put it.
  let seen = 0;
  new MutationObserver(() => {
    // Gradio draws the buttons late, and sets a lang of its own after that.
    const settled = document.querySelector("button.ui[aria-pressed='true']") !== null;
    if (!settled || document.documentElement.lang !== document.documentElement.dataset.ui) speak(wanted());
    const turns = document.querySelector(".turns");
    const latest = turns ? Number(turns.dataset.latest) : 0;
    if (latest > seen) {
      document.querySelector(".panels").scrollTop = 0;
      const turn = document.getElementById(`turn-${latest}`);
      // An example's button is gone once it has been pressed; the keyboard goes on from the turn it began.
      if (document.activeElement === document.body || document.activeElement.closest(".welcome")) turn.focus({ preventScroll: true });
      turn.scrollIntoView({ block: "start", behavior: calm() });
    }
    seen = latest;
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-latest", "lang"] });

  speak(wanted());
})();
