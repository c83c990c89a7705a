"use strict";
// The plan that stands in the page as JSON, and its words. Every text goes in as text, never as markup.
const plan = JSON.parse(document.getElementById("plan").textContent);
const phone = window.matchMedia("(max-width: 760px)").matches;

let said = plan.said[0]; // what the page says, in the language that is read
const retold = []; // what is told anew when another language is chosen

// A text of the page with its {braces} filled in.
function tell(key, values = {}) {
  return said.words.map[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// The same for a number of things, where one of them has words of its own.
function tellCount(key, n, values = {}) {
  return tell(n === 1 ? `${key}_one` : key, { n, ...values });
}

// A whole number with its thousands parted as the language parts them: "1,050 m" is a metre to a reader of French.
function writeWhole(number) {
  return number.toLocaleString("en").replaceAll(",", said.thousands);
}

function tellNow(how) {
  retold.push(how);
  how();
}

function speak(lang) {
  const others = document.activeElement;
  said = plan.said.find((told) => told.lang === lang);
  document.documentElement.lang = lang;
  document.title = said.title;
  tellMargin();
  document.querySelectorAll("[data-tongue]").forEach((part) => { part.hidden = part.dataset.tongue !== lang; });
  document.querySelectorAll("[data-speak]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.speak === lang)));
  retold.forEach((how) => how());
  if (others && others.isConnected) others.focus({ preventScroll: true });
}

// What is printed at the foot of every page.
function tellMargin() {
  const word = document.body.classList.contains("is-expired") ? `${tell("expired_word")} · ` : "";
  document.getElementById("margin").textContent = said.margin.replace('"', `"${word}`);
}

function tellMoment(minutes) {
  const text = new Date(plan.as_of + minutes * 60000).toISOString();
  // Unmarked, Arabic around it would turn its parts round.
  return `${said.direction === "rtl" ? "\u200e" : ""}${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

// Metres or kilometres, rounded down, as in the panel.
function tellDistance(metres) {
  const whole = Math.floor(metres);
  if (whole < 1000) return tell("m", { n: whole });
  return tell("km", { n: whole < 100000 ? (Math.floor(whole / 100) / 10).toFixed(1) : Math.floor(whole / 1000) });
}

function tellWay(corridor) {
  const { from, to } = said.corridors[corridor];
  return from[0] ? `${from[0]} ${said.direction === "rtl" ? "←" : "→"} ${to[0]}` : to[0];
}

function tellKind(kind) {
  const [roadClass, bridge, tunnel] = plan.kinds[kind], words = said.words;
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

// What stands in the language that is read, also where the page around it stands in none.
function speakIn(element) {
  element.lang = said.lang;
  element.dir = said.direction;
  return element;
}

function makeOther(text) {
  const element = make("span", "other", text);
  element.dir = "auto";
  if (said.lang !== "ar") element.lang = "ar";
  return element;
}

function makeNames([name, other], className = "") {
  const main = make("span", className, name);
  main.dir = "auto";
  return other ? [main, makeOther(other)] : [main];
}

// A name and its Arabic one as a file gives them, in the order of the language that is read.
function orderNames(name, arabic) {
  if (!arabic || arabic === name) return [name];
  return said.lang === "ar" ? [arabic, name] : [name, arabic];
}

function makeHeading(title, other) {
  const heading = make("h3");
  heading.append(make("bdi", "", title));
  if (other) heading.append(" ", makeOther(other));
  return heading;
}

function makeCard(title, other, facts) {
  const card = speakIn(make("div", "card")), list = make("dl");
  for (const [term, value, lang] of facts) {
    if (!value) continue;
    const told = make("dd");
    // A moment stays in one line and in its order.
    for (const part of value.split(/(\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?)/)) told.append(/^\d{4}-/.test(part) ? make("bdi", "moment", part) : part);
    if (lang) Object.assign(told, { lang, dir: "ltr" });
    list.append(make("dt", "", term), told);
  }
  card.append(makeHeading(title, other), list);
  return card;
}
