// Whether the plan has expired, by the clock of the reader; checked when the page opens and again while it is open.
function checkExpiry() {
  const expired = Date.now() > plan.valid_until;
  document.body.classList.toggle("is-expired", expired);
  document.querySelectorAll(".expired").forEach((part) => { part.hidden = !expired; });
  showMargin();
}

function watchExpiry() {
  const stamp = make("div", "stamp");
  stamp.setAttribute("aria-hidden", "true");
  document.getElementById("map").append(stamp);
  onLanguage(() => {
    stamp.textContent = format("expired_word");
    stamp.dir = texts.direction;
  });
  const check = () => {
    const before = document.body.classList.contains("is-expired");
    checkExpiry();
    if (before !== document.body.classList.contains("is-expired")) map.invalidateSize();
  };
  check();
  setInterval(check, 20000);
  document.addEventListener("visibilitychange", check);
  window.addEventListener("pageshow", check);
  window.addEventListener("beforeprint", check);
}

// ------------------------------------------------------------------ print

// Before printing, the map gets its size on paper and keeps its view: the whole plan, or the area that the reader chose.
function watchPrint() {
  let before = null;
  const resize = () => map.invalidateSize({ animate: false, pan: false });
  window.addEventListener("beforeprint", () => {
    map.closePopup();
    before = { center: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds().pad(-0.02) };
    const moved = !isFirstView();
    document.body.classList.add("printing");
    resize();
    if (moved) map.fitBounds(before.bounds, { animate: false });
    else fitPlan();
    canvases.forEach((canvas) => canvas.addDrawing());
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    document.querySelectorAll(".drawing").forEach((drawing) => drawing.remove());
    resize();
    if (before) map.setView(before.center, before.zoom, { animate: false });
  });
}
