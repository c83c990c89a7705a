// The slider over time: what is closed at another moment, by what was known when the plan was made.
let moment = 0; // minutes from the moment planned for
const moving = []; // what changes with the moment

const holds = ([since, until]) => (since === null || since <= moment) && (until === null || moment <= until);

function addTime() {
  if (!plan.range) return;
  const bar = speakIn(document.getElementById("time"));
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
    tellTime();
  };
  const tellTime = () => {
    const days = moment / 1440, when = tellMoment(moment);
    const apart = Number.isInteger(days) ? tell("days_apart", { n: Math.abs(days) }) : tell("hours_apart", { n: Math.abs(moment / 60) });
    const word = !moment ? tell("as_of_the_plan") : tell(moment > 0 ? "later" : "earlier", { time: apart });
    const active = plan.incidents.filter((incident) => incident.span && holds(incident.span)).length;
    const parts = [];
    if (plan.incidents.length) parts.push(tell("active_then", { n: active }));
    if (plan.closed.spans.length) parts.push(tell("closed_then", { n: countClosed() }));
    if (plan.areas.length) parts.push(tell("areas_then", { n: plan.areas.filter((area) => holds(area.span)).length }));
    output.replaceChildren(make("strong", "", when), ` ${word} · ${parts.join(said.words.map.comma)}`);
    slider.setAttribute("aria-valuetext", `${when}, ${word}`);
    document.body.classList.toggle("other-moment", moment !== 0);
  };
  tellNow(() => {
    speakIn(bar);
    label.textContent = tell("time");
    slider.setAttribute("aria-label", tell("time_label"));
    [[back, "−24", "day_back"], [forth, "+24", "day_forth"]].forEach(([button, text, name]) => {
      button.textContent = tell("hours", { n: `\u200e${text}` });
      button.setAttribute("aria-label", tell(name));
    });
    now.textContent = tell("to_as_of");
    note.textContent = [tell("time_basis", { time: tellMoment(0) }), tell(plan.closed.spans.length ? "time_ledger" : "time_areas")].join(" ");
    tellTime();
  });
  slider.addEventListener("input", show);
}

function countClosed() {
  return plan.closed.shown ? plan.closed.shown.hidden.reduce((left, hidden) => left - hidden, plan.closed.segments.length) : plan.closed.segments.length;
}
