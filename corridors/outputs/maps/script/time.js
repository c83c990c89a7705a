// The time slider: what is closed at another time, by the data of the plan.
let moment = 0; // minutes from the reference time of the plan
const moving = []; // functions that update the map for another time

const holds = ([since, until]) => (since === null || since <= moment) && (until === null || moment <= until);

function addTime() {
  if (!plan.range) return;
  const bar = applyLanguage(document.getElementById("time"));
  const slider = make("input"), output = make("output"), note = make("p", "small"), label = make("label", "", "");
  const [first, last] = plan.range;
  Object.assign(slider, { type: "range", id: "moment", min: String(first), max: String(last), step: "1" });
  slider.value = "0";
  label.htmlFor = "moment";
  const step = (hours) => { slider.value = String(Number(slider.value) + hours); show(); };
  const [back, forth] = [makeButton("plain", "", () => step(-24)), makeButton("plain", "", () => step(24))];
  const now = makeButton("plain now", "", () => { slider.value = "0"; show(); });
  const steps = make("div", "steps");
  steps.append(back, now, forth);
  const track = make("div", "track"), tick = make("span", "tick");
  tick.style.setProperty("--at", String((0 - first) / (last - first)));
  track.append(slider, tick);
  bar.append(label, output, track, steps, note);
  const show = () => {
    moment = Number(slider.value) * 60;
    moving.forEach((how) => how());
    placeLabels();
    showTime();
  };
  const showTime = () => {
    const days = moment / 1440, when = formatTime(moment);
    const apart = Number.isInteger(days) ? format("days_apart", { n: Math.abs(days) }) : format("hours_apart", { n: Math.abs(moment / 60) });
    const word = !moment ? format("as_of_the_plan") : format(moment > 0 ? "later" : "earlier", { time: apart });
    const active = plan.incidents.filter((incident) => incident.span && holds(incident.span)).length;
    const parts = [];
    if (plan.incidents.length) parts.push(format("active_then", { n: active }));
    if (plan.closed.spans.length) parts.push(format("closed_then", { n: countClosed() }));
    if (plan.areas.length) parts.push(format("areas_then", { n: plan.areas.filter((area) => holds(area.span)).length }));
    output.replaceChildren(make("strong", "", when), ` ${word} · ${parts.join(texts.words.map.comma)}`);
    slider.setAttribute("aria-valuetext", `${when}, ${word}`);
    document.body.classList.toggle("other-moment", moment !== 0);
  };
  onLanguage(() => {
    applyLanguage(bar);
    label.textContent = format("time");
    slider.setAttribute("aria-label", format("time_label"));
    [[back, "−24", "day_back"], [forth, "+24", "day_forth"]].forEach(([button, text, name]) => {
      button.textContent = format("hours", { n: `\u200e${text}` });
      button.setAttribute("aria-label", format(name));
    });
    now.textContent = format("to_as_of");
    note.textContent = [format("time_basis", { time: formatTime(0) }), format(plan.closed.spans.length ? "time_ledger" : "time_areas")].join(" ");
    showTime();
  });
  slider.addEventListener("input", show);
}

function countClosed() {
  return plan.closed.shown ? plan.closed.shown.hidden.reduce((left, hidden) => left - hidden, plan.closed.segments.length) : plan.closed.segments.length;
}
