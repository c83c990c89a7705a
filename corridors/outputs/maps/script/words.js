"use strict";
// The plan as JSON in the page, and its texts. Every text is inserted as text, never as markup.
const plan = JSON.parse(document.getElementById("plan").textContent);
const phone = window.matchMedia("(max-width: 760px)").matches;

let texts = plan.texts[0]; // the texts in the current language
const languageListeners = []; // functions that update the page after a change of language

// A text of the page with its {braces} filled in.
function format(key, values = {}) {
  return texts.words.map[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// The same for a number of things; the number 1 has a text of its own.
function formatCount(key, n, values = {}) {
  return format(n === 1 ? `${key}_one` : key, { n, ...values });
}

// A whole number with the separators of the language: to a reader of French, "1,050 m" is about one metre.
function formatInteger(number) {
  return number.toLocaleString("en").replaceAll(",", texts.thousands);
}

function onLanguage(how) {
  languageListeners.push(how);
  how();
}

function setLanguage(lang) {
  const others = document.activeElement;
  texts = plan.texts.find((entry) => entry.lang === lang);
  document.documentElement.lang = lang;
  document.title = texts.title;
  showMargin();
  document.querySelectorAll("[data-language]").forEach((part) => { part.hidden = part.dataset.language !== lang; });
  document.querySelectorAll("[data-speak]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.speak === lang)));
  languageListeners.forEach((how) => how());
  if (others && others.isConnected) others.focus({ preventScroll: true });
}

// Writes the text that is printed at the foot of every page.
function showMargin() {
  const word = document.body.classList.contains("is-expired") ? `${format("expired_word")} · ` : "";
  document.getElementById("margin").textContent = texts.margin.replace('"', `"${word}`);
}

function formatTime(minutes) {
  const text = new Date(plan.as_of + minutes * 60000).toISOString();
  // Without the mark, Arabic text would change the order of its parts.
  return `${texts.direction === "rtl" ? "\u200e" : ""}${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

// Metres or kilometres, rounded down, as in the panel.
function formatDistance(metres) {
  const whole = Math.floor(metres);
  if (whole < 1000) return format("m", { n: whole });
  return format("km", { n: whole < 100000 ? (Math.floor(whole / 100) / 10).toFixed(1) : Math.floor(whole / 1000) });
}

function formatRoute(corridor) {
  const { from, to } = texts.corridors[corridor];
  return from[0] ? `${from[0]} ${texts.direction === "rtl" ? "←" : "→"} ${to[0]}` : to[0];
}

function formatRoadKind(kind) {
  const [roadClass, bridge, tunnel] = plan.kinds[kind], words = texts.words;
  const what = words.road_class[roadClass] || roadClass.replaceAll("_", " ") || words.map.road;
  return [...(bridge ? [words.map.bridge] : []), ...(tunnel ? [words.map.tunnel] : []), what].join(", ");
}

// ------------------------------------------------------------------ elements

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function makeSvg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function makeButton(className, text, act) {
  const button = make("button", className, text);
  button.type = "button";
  if (act) button.addEventListener("click", act);
  return button;
}

// Marks an element with the current language.
function applyLanguage(element) {
  element.lang = texts.lang;
  element.dir = texts.direction;
  return element;
}

function makeOther(text) {
  const element = make("span", "other", text);
  element.dir = "auto";
  if (texts.lang !== "ar") element.lang = "ar";
  return element;
}

function makeNames([name, other], className = "") {
  const main = make("span", className, name);
  main.dir = "auto";
  return other ? [main, makeOther(other)] : [main];
}

// A name and its Arabic form, in the order of the current language.
function orderNames(name, arabic) {
  if (!arabic || arabic === name) return [name];
  return texts.lang === "ar" ? [arabic, name] : [name, arabic];
}

function makeHeading(title, other) {
  const heading = make("h3");
  heading.append(make("bdi", "", title));
  if (other) heading.append(" ", makeOther(other));
  return heading;
}

function makeCard(title, other, facts) {
  const card = applyLanguage(make("div", "card")), list = make("dl");
  for (const [term, value, lang] of facts) {
    if (!value) continue;
    const cell = make("dd");
    // A time stays on one line and in its order.
    for (const part of value.split(/(\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?)/)) cell.append(/^\d{4}-/.test(part) ? make("bdi", "moment", part) : part);
    if (lang) Object.assign(cell, { lang, dir: "ltr" });
    list.append(make("dt", "", term), cell);
  }
  card.append(makeHeading(title, other), list);
  return card;
}
