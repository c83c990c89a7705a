// Incidents that a reader adds for the next plan: drawn, listed, and saved as an incidents file for `corridors plan`.
const strikes = []; // { id, kind, time, at: [lat, lon], accuracy, note, group }
let nextStrike = 1; // after those of the plan
for (const incident of plan.incidents) {
  const found = /^MAP-(\d{1,9})$/.exec(incident.id);
  if (found) nextStrike = Math.max(nextStrike, Number(found[1]) + 1);
}

const findRadius = ({ kind, accuracy }) => plan.incident_rules[kind].radius_m + accuracy;

// The corridors within the closure radius of a strike, slightly enlarged, so that rounding misses none.
function findNear(strike) {
  const radius = findRadius(strike) * 1.003 + 2;
  return plan.corridors.each.flatMap((corridor, index) => (corridor.lines.some((line) => measureToLine(strike.at, line) <= radius) ? [index] : []));
}

// Why a strike would close no road; empty where it would close roads.
function findDoubts({ kind, accuracy, time }) {
  const rule = plan.incident_rules[kind], days = (plan.as_of - time) / 86400000, doubts = [];
  if (accuracy > rule.max_accuracy_m) doubts.push(format("too_vague", { m: rule.max_accuracy_m }));
  if (!rule.enough) doubts.push(format("too_unsure"));
  if (days > rule.look_back_days) doubts.push(format("too_old", { days: rule.look_back_days }));
  if (days < 0) doubts.push(format("too_new"));
  return doubts;
}

const writeMinute = (time) => new Date(time).toISOString().slice(0, 16);

// A time in UTC as year-month-day hour:minute, the only order that is not ambiguous; NaN for other text.
function readMinute(text) {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?:Z| ?UTC)?$/i.exec(text.trim());
  const time = found ? Date.parse(`${found[1]}T${found[2]}Z`) : NaN;
  return found && Number.isFinite(time) && writeMinute(time) === `${found[1]}T${found[2]}` ? time : NaN;
}

function writeStrikes() {
  const cell = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = strikes.map((strike) => [
    strike.id, strike.kind, `${writeMinute(strike.time)}:00Z`, strike.at[0].toFixed(6), strike.at[1].toFixed(6), String(strike.accuracy), "reported",
    `${format("added_by_hand", { code: plan.code })}${strike.note ? `: ${strike.note}` : ""}`,
  ]);
  const header = ["incident_id", "kind", "occurred_at", "lat", "lon", "accuracy_m", "verification", "source"];
  return `\ufeff${[header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function downloadStrikes() {
  const link = make("a"), file = new Blob([writeStrikes()], { type: "text/csv;charset=utf-8" });
  link.href = URL.createObjectURL(file);
  link.download = `incidents_added_on_map_${writeMinute(plan.as_of).replace(/[-:]/g, "")}Z.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// The place on the side of the antimeridian where the plan is drawn.
function nearPlan([lat, lon]) {
  const middle = (plan.bounds[0][1] + plan.bounds[1][1]) / 2;
  return [lat, middle + turnShort(lon - middle)];
}

function drawStrike(strike) {
  const at = nearPlan(strike.at);
  strike.group = L.featureGroup().addTo(map);
  L.polygon(drawRing(at, findRadius(strike)), { pane: "tools", interactive: false, ...signs.added }).addTo(strike.group);
  L.marker(at, { pane: "tools", icon: L.divIcon({ className: "added", iconSize: [17, 17] }), interactive: false, keyboard: false }).addTo(strike.group);
  L.marker(at, { pane: "tools", icon: L.divIcon({ className: "added-name", iconSize: [0, 0], html: make("span", "", strike.id) }), interactive: false, keyboard: false }).addTo(strike.group);
}

function addStrike(strike) {
  strikes.push({ id: `MAP-${nextStrike++}`, ...strike });
  drawStrike(strikes[strikes.length - 1]);
  return strikes[strikes.length - 1];
}

function removeStrike(strike) {
  strike.group.remove();
  strikes.splice(strikes.indexOf(strike), 1);
}

function makeField(labelKey, field) {
  const label = make("label", "field", format(labelKey));
  label.append(field);
  return label;
}

const adding = {
  name: "strike",
  start(card) {
    this.kind = make("select");
    for (const kind of Object.keys(plan.incident_rules)) {
      const option = make("option", "", texts.words.kind[kind]);
      option.value = kind;
      this.kind.append(option);
    }
    this.time = Object.assign(make("input"), { type: "text", dir: "ltr", autocomplete: "off", value: writeMinute(plan.as_of).replace("T", " ") });
    this.accuracy = Object.assign(make("input"), { type: "number", min: "0", step: "1", max: "25000", value: "100", inputMode: "numeric" });
    this.note = Object.assign(make("input"), { type: "text", maxLength: 200 });
    this.place = Object.assign(make("input"), { type: "text", placeholder: "33.27333, 35.19389", autocomplete: "off", dir: "ltr" });
    this.problem = make("p", "problem");
    this.problem.setAttribute("role", "alert");
    this.list = make("div", "strikes");
    this.list.setAttribute("aria-live", "polite");
    const form = make("form"), add = make("button", "plain strong", format("add_typed")), typed = make("div", "typed");
    const centre = makeButton("plain", format("add_centre"), () => this.click(map.getCenter()));
    typed.append(makeField("typed_place", this.place), add);
    form.append(makeField("strike_kind", this.kind), makeField("strike_time", this.time), makeField("strike_accuracy", this.accuracy), makeField("strike_note", this.note), typed, centre);
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const at = readPlace(this.place.value);
      if (!at) return this.complain(format("no_such_place"));
      return this.add(at);
    });
    card.append(make("p", "", format("strike_how")), form, this.problem, this.list);
    this.show();
  },
  click(latlng) {
    const { lat, lng } = latlng.wrap();
    this.add([lat, lng]);
  },
  complain(text) {
    this.problem.textContent = text;
  },
  add(at) {
    const time = readMinute(this.time.value), accuracy = Number(this.accuracy.value);
    if (!Number.isFinite(time)) return this.complain(format("no_such_time"));
    if (this.accuracy.value === "" || !(accuracy >= 0)) return this.complain(format("no_such_accuracy"));
    this.complain("");
    addStrike({ kind: this.kind.value, time, accuracy, note: this.note.value.replace(/\s+/g, " ").trim(), at });
    this.place.value = this.note.value = "";
    map.panInside(nearPlan(at), { padding: [40, 40] });
    return this.show();
  },
  show() {
    const items = strikes.map((strike) => {
      const item = make("article"), near = findNear(strike), reach = formatInteger(findRadius(strike));
      item.append(make("h4", "", `${strike.id}: ${texts.words.kind[strike.kind]}`), makePlace(strike));
      if (strike.note) item.append(make("p", "", strike.note));
      const answer = make("p", near.length ? "replan" : "");
      answer.append(make("strong", "", near.length ? formatCount("replan", near.length, { reach }) : format("none_within", { reach })));
      item.append(answer);
      for (const index of near) {
        const pick = makeButton("pick", undefined, () => choose(index, null, false));
        pick.append(makeBadge(plan.corridors.each[index].rank), make("bdi", "", formatRoute(index)));
        item.append(pick);
      }
      for (const doubt of findDoubts(strike)) item.append(make("p", "doubt", doubt));
      const remove = makeButton("plain", format("remove"), () => { removeStrike(strike); this.show(); this.kind.focus(); });
      remove.setAttribute("aria-label", `${format("remove")} ${strike.id}`);
      item.append(remove);
      return item;
    });
    this.list.replaceChildren(...items.reverse());
    if (!strikes.length) return;
    const download = makeButton("plain strong", format("download", { n: strikes.length }), downloadStrikes);
    this.list.prepend(download, make("p", "small", format("download_how")));
  },
  end() {},
};

function makePlace(strike) {
  const line = make("p", "small"), place = make("bdi", "", writeDecimal(strike.at));
  place.dir = "ltr";
  line.append(place, ` · ${writeMinute(strike.time).replace("T", " ")} UTC · ±${format("m", { n: strike.accuracy })}`);
  return line;
}
